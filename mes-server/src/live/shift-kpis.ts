import type { ShiftKpis } from "@only-mes/protocols/console/live";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { kpisOf } from "../domain/kpi/kpis.ts";
import { readTally } from "../kpi/readTally.ts";
import type { LineBook } from "./line-book.ts";

export interface ShiftKpisParts {
  pool: Pool;
  clock: PlantClock;
  log: Logger;
  lines: () => readonly LineBook[];
}

const everyPlantMs = 15_000;
const everyMs = { min: 5_000, max: 15_000 };
/** At most this share of the time is spent on it, however many lines there are. */
const timeShareMax = 0.1;

/** Shows OEE and its factors of the running shift on every line, by the same function as everywhere. */
export function keepShiftKpis({ pool, clock, log, lines }: ShiftKpisParts): {
  close(): Promise<void>;
} {
  const closing = new AbortController();
  const wantedMs = clock.realDelayMs(everyPlantMs);

  async function show(line: LineBook): Promise<void> {
    const { startMs, isUnscheduled } = line.shift;
    if (isUnscheduled === true || line.stale) return line.showKpis(undefined);
    const { total } = await readTally(
      { pool, clock },
      { equipment: line.id, fromMs: startMs, toMs: clock.now() },
    );
    line.showKpis(shown(kpisOf(total)));
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const begin = performance.now();
      for (const line of lines()) {
        if (closing.signal.aborted) return;
        await show(line).catch((error: unknown) =>
          log.warn({ err: error, line: line.id }, "the shift's KPIs could not be read"),
        );
      }
      const tookMs = performance.now() - begin;
      const restMs = Math.min(everyMs.max, Math.max(everyMs.min, wantedMs));
      await pause(Math.max(restMs, tookMs / timeShareMax));
    }
  }

  async function pause(lengthMs: number): Promise<void> {
    if (closing.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lengthMs);
      closing.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** To a tenth of a per cent: a figure that trembles says nothing more. */
function shown({ oee, availability, effectiveness, quality }: ShiftKpis): ShiftKpis {
  const tenth = (ratio: number | undefined): number | undefined =>
    ratio === undefined ? undefined : Math.round(ratio * 1_000) / 1_000;
  return {
    oee: tenth(oee),
    availability: tenth(availability),
    effectiveness: tenth(effectiveness),
    quality: tenth(quality),
  };
}
