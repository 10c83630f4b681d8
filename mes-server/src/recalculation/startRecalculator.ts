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
/** What makes hours dirty comes in bursts: they are derived when it is over, or has lasted for long. */
const settleMs = 1_000;
const settleMsMax = 5_000;
/** Commits wait for a step's transactions: it takes fewer hours at once where they are full. */
const hoursOfStep = { min: 1, max: 6 };
const stepMs = { short: 60, long: 150 };

/** The instant by which hours have to end for being derived. */
function closedToMs(nowMs: number): number {
  return hourFloor(nowMs - closingDelayMs);
}

/** Derives hours of lines as they close and whenever they become dirty: one step of one line at a time. */
export function startRecalculator({ pool, clock, log }: RecalculatorParts): Recalculator {
  const closing = new AbortController();
  const hoursOfLine = new Map<string, number>();
  let wanted: { sinceMs: number; lastMs: number } | undefined;
  let endPause = (): void => undefined;
  const pauseMs = Math.min(
    lookEveryMs.max,
    Math.max(lookEveryMs.min, clock.realDelayMs(lookEveryPlantMs)),
  );

  function wake(): void {
    const nowMs = performance.now();
    wanted = { sinceMs: wanted?.sinceMs ?? nowMs, lastMs: nowMs };
    endPause();
  }

  /** Each dirty hour once, however often it is marked again meanwhile. */
  async function look(): Promise<void> {
    for (const line of await readLinesToRecalculate(pool, closedToMs(clock.now()))) {
      let dirtyFromMs: number | undefined = 0;
      while (dirtyFromMs !== undefined && !closing.signal.aborted) {
        dirtyFromMs = await step(line, dirtyFromMs);
        if (dirtyFromMs !== undefined) wake();
      }
    }
  }

  async function step(line: string, dirtyFromMs: number): Promise<number | undefined> {
    const nowMs = clock.now();
    const hoursMax = hoursOfLine.get(line) ?? hoursOfStep.min;
    const begin = performance.now();
    try {
      return await recalculateLine(pool, {
        line,
        closedToMs: closedToMs(nowMs),
        nowMs,
        hoursMax,
        dirtyFromMs,
      });
    } catch (error) {
      if (error instanceof RecalculationOvertaken) return dirtyFromMs;
      throw error;
    } finally {
      hoursOfLine.set(line, nextHours(hoursMax, performance.now() - begin));
    }
  }

  async function pause(lengthMs: number): Promise<void> {
    const endMs = performance.now() + lengthMs;
    while (!closing.signal.aborted) {
      const settledMs =
        wanted === undefined
          ? endMs
          : Math.min(wanted.lastMs + settleMs, wanted.sinceMs + settleMsMax);
      const leftMs = Math.min(endMs, settledMs) - performance.now();
      if (leftMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      wanted = undefined;
      try {
        await look();
      } catch (error) {
        log.warn({ err: error }, "windows could not be derived; it is tried again");
        wanted = undefined;
        await pause(pauseAfterFaultMs);
      }
      await pause(pauseMs);
    }
  }

  const running = run();
  return {
    wake,
    async close() {
      closing.abort();
      endPause();
      await running;
    },
  };
}

function nextHours(hours: number, tookMs: number): number {
  if (tookMs > stepMs.long) return Math.max(hoursOfStep.min, Math.floor(hours / 2));
  return tookMs < stepMs.short ? Math.min(hoursOfStep.max, hours + 1) : hours;
}
