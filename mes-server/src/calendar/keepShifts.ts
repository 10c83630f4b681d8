import { setTimeout as setTimeoutLater } from "node:timers/promises";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { localTime } from "../domain/calendar/days.ts";
import { readCalendar } from "../store/readCalendar.ts";
import { readLinePlaces } from "../store/readLinePlaces.ts";
import { readShiftsAround } from "../store/readShiftsAround.ts";
import { lockShifts } from "../store/shiftHorizon.ts";
import { transaction } from "../store/transaction.ts";
import { LineShifts } from "./line-shifts.ts";
import { keepUp } from "./materialise.ts";

/** Keeps the shifts of all lines materialised, and those around now at hand. */
export interface ShiftKeeper {
  shifts: LineShifts;
  /** Everything that is due. If the database does not answer, this goes on trying by itself. */
  start(): Promise<void>;
  /** There may be new lines. */
  linesAppeared(lines: Iterable<string>): void;
  /** The plant has changed (a zone, a place of a line): what is to come is looked at anew. */
  wake(): void;
  /** Shifts have been changed by a command: those at hand are read again. */
  changed(): Promise<void>;
  close(): Promise<void>;
}

export interface ShiftKeeperParts {
  pool: Pool;
  clock: PlantClock;
  log: Logger;
  /** IANA zone of sites that have none of their own. */
  defaultZone: string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const lookEveryPlantMs = 6 * hourMs;
const lookEveryMinMs = 500;
const lookEveryMaxMs = hourMs;
const retryMinMs = 1_000;
const retryMaxMs = 30_000;
const shiftsBefore = 4;
const shiftsAfter = 24;

export function keepShifts({ pool, clock, log, defaultZone }: ShiftKeeperParts): ShiftKeeper {
  const shifts = new LineShifts(defaultZone);
  const closing = new AbortController();
  const keptUp = new Set<string>();
  let keptUpDay: number | undefined;
  let pause = new AbortController();
  let running: Promise<void> | undefined;

  /** One line a transaction, so that whatever else needs the database goes on in between. */
  async function keepAllUp(): Promise<void> {
    const day = Math.floor(clock.now() / dayMs);
    if (day !== keptUpDay) keptUp.clear();
    const lines = await readLinePlaces(pool, { defaultZone });
    const instantOf = localTime();
    for (const { line } of lines.filter((known) => !keptUp.has(known.line))) {
      if (closing.signal.aborted) return;
      await transaction(pool, async (tx) => {
        await lockShifts(tx);
        const [place] = await readLinePlaces(tx, { defaultZone, lines: [line] });
        if (place === undefined) return;
        const calendar = await readCalendar(tx);
        await keepUp(tx, { calendar, place, nowMs: clock.now(), instantOf });
      });
      keptUp.add(line);
    }
    keptUpDay = day;
  }

  async function readAgain(): Promise<void> {
    const atMs = clock.now();
    const around = await readShiftsAround(pool, {
      atMs,
      before: shiftsBefore,
      after: shiftsAfter,
    });
    shifts.replace(new Map([...around].map(([line, known]) => [line, { atMs, shifts: known }])));
  }

  async function runOnce(): Promise<boolean> {
    try {
      await keepAllUp();
      await readAgain();
      return true;
    } catch (error) {
      log.warn({ err: error }, "the shifts could not be materialised; trying again");
      return false;
    }
  }

  async function keepRunning(hasRun: boolean): Promise<void> {
    let retryMs = retryMinMs;
    let isDone = hasRun;
    while (!closing.signal.aborted) {
      const everyMs = clock.realDelayMs(lookEveryPlantMs);
      await rest(isDone ? Math.min(lookEveryMaxMs, Math.max(lookEveryMinMs, everyMs)) : retryMs);
      if (closing.signal.aborted) return;
      isDone = await runOnce();
      retryMs = isDone ? retryMinMs : Math.min(retryMaxMs, retryMs * 2);
    }
  }

  /** Ends early when there is something to do, and when the server closes. */
  async function rest(ms: number): Promise<void> {
    const signal = AbortSignal.any([pause.signal, closing.signal]);
    await setTimeoutLater(ms, undefined, { signal, ref: false }).catch(() => {});
    if (pause.signal.aborted) pause = new AbortController();
  }

  return {
    shifts,
    async start() {
      const hasRun = await runOnce();
      running = keepRunning(hasRun);
    },
    linesAppeared(lines) {
      for (const line of lines) {
        if (!shifts.knows(line)) {
          pause.abort();
          return;
        }
      }
    },
    wake() {
      keptUp.clear();
      pause.abort();
    },
    async changed() {
      await readAgain().catch((error: unknown) => {
        log.warn({ err: error }, "changed shifts could not be read; trying again");
        pause.abort();
      });
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
