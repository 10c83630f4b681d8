import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { hourFloor } from "../domain/kpi/segments.ts";
import { readLinesToRecalculate } from "../store/readLinesToRecalculate.ts";
import { RecalculationOvertaken } from "../store/takeRecalculation.ts";
import { recalculateLine } from "./recalculateLine.ts";

export interface Recalculator {
  /** There may be something to do now. */
  wake(): void;
  /** Waits for the step that is under way. */
  close(): Promise<void>;
}

export interface RecalculatorParts {
  pool: Pool;
  clock: PlantClock;
  log: Logger;
}

/** What has just ended may still be told a little late, and whether a stop was a short one. */
const closingDelayMs = 5 * 60_000;
const lookEveryPlantMs = 60_000;
const lookEveryMs = { min: 200, max: 5_000 };
const pauseAfterFaultMs = 2_000;

/** The instant by which hours have to end for being derived. */
function closedToMs(nowMs: number): number {
  return hourFloor(nowMs - closingDelayMs);
}

/** Derives hours of lines as they close and whenever they become dirty: one step of one line at a time. */
export function startRecalculator({ pool, clock, log }: RecalculatorParts): Recalculator {
  const closing = new AbortController();
  let isWanted = false;
  let endPause = (): void => undefined;
  const pauseMs = Math.min(
    lookEveryMs.max,
    Math.max(lookEveryMs.min, clock.realDelayMs(lookEveryPlantMs)),
  );

  async function look(): Promise<void> {
    for (const line of await readLinesToRecalculate(pool, closedToMs(clock.now()))) {
      while (!closing.signal.aborted && (await step(line)));
      if (closing.signal.aborted) return;
    }
  }

  async function step(line: string): Promise<boolean> {
    const nowMs = clock.now();
    try {
      return await recalculateLine(pool, { line, closedToMs: closedToMs(nowMs), nowMs });
    } catch (error) {
      if (error instanceof RecalculationOvertaken) return true;
      throw error;
    }
  }

  async function pause(lengthMs: number): Promise<void> {
    if (closing.signal.aborted || isWanted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lengthMs);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      isWanted = false;
      let untilNextMs = pauseMs;
      try {
        await look();
      } catch (error) {
        log.warn({ err: error }, "windows could not be derived; it is tried again");
        untilNextMs = pauseAfterFaultMs;
        isWanted = false;
      }
      await pause(untilNextMs);
    }
  }

  const running = run();
  return {
    wake() {
      isWanted = true;
      endPause();
    },
    async close() {
      closing.abort();
      endPause();
      await running;
    },
  };
}
