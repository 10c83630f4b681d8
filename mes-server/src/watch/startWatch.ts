import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { pauses } from "../commit/pauses.ts";
import type { FoldResult } from "../pipeline/laneTask.ts";
import { readWatchPlace, WatchOvertaken, type WatchPlace } from "../store/advanceWatches.ts";
import { loadWatches } from "../store/loadWatches.ts";
import { transaction } from "../store/transaction.ts";
import { runTurn, type Told, type TurnLimits } from "./runTurn.ts";
import { watchBook, type WatchBook } from "./watchBook.ts";
import type { SignalWatcher } from "./watcher.ts";

export interface WatchParts {
  pool: Pool;
  clock: PlantClock;
  log: Logger;
  watchers: readonly SignalWatcher[];
  /** After commit, what consoles are to be shown. */
  onTold: (told: readonly Told[]) => void;
  limits?: Partial<TurnLimits>;
  /** Turns follow each other this slowly: commits in between are taken together. */
  turnEveryMs?: number;
  /** All signals are looked at this often, for commits of other hosts. */
  sweepEveryMs?: number;
}

export interface Watch {
  /** A lane has committed. */
  committed(result: Pick<FoldResult, "latest" | "lateSamples">): void;
  /** What is watched has changed, or may have: it is looked at now. */
  wake(): void;
  /** All that was committed before this call has been watched. For tests. */
  settled(): Promise<void>;
  /** Waits for the turn that is under way. */
  close(): Promise<void>;
}

const defaultLimits: TurnLimits = {
  signalsMax: 1000,
  signalRowsMax: 2000,
  rowsMax: 10_000,
  pagesMax: 8,
  rewoundAtOnce: 8,
  rewoundRowsMax: 20_000,
  rewoundSignalsMax: 200,
};

/** Runs turn after turn: one at a time, woken by commits, by what is due, and now and then. */
export function startWatch(parts: WatchParts): Watch {
  const { pool, clock, log, turnEveryMs = 250, sweepEveryMs = 5000 } = parts;
  const limits = { ...defaultLimits, ...parts.limits };
  const pause = pauses();
  const life = { isClosing: false, asked: 0, done: 0 };
  let book: WatchBook | undefined;
  let place: WatchPlace | undefined;
  let sweepAtMs = 0;
  let waiters: { asked: number; resolve: () => void }[] = [];

  const load = async (): Promise<WatchBook> => {
    const loaded = await transaction(
      pool,
      async (tx) => ({ place: await readWatchPlace(tx), watches: await loadWatches(tx) }),
      { begin: "BEGIN ISOLATION LEVEL REPEATABLE READ" },
    );
    place = loaded.place;
    book = watchBook(loaded.watches);
    book.everything();
    return book;
  };

  const turn = async (): Promise<boolean> => {
    const current = book ?? (await load());
    if (place === undefined) return false;
    if (performance.now() >= sweepAtMs) {
      sweepAtMs = performance.now() + sweepEveryMs;
      current.everything();
    }
    try {
      const { told, isMore } = await runTurn({ ...parts, limits }, current, place, clock.now());
      place = { ...place, turn: place.turn + 1 };
      if (told.length > 0) parts.onTold(told);
      return isMore || current.hasNews;
    } catch (error) {
      book = undefined;
      if (error instanceof WatchOvertaken) return true;
      throw error;
    }
  };

  const run = async (): Promise<void> => {
    while (!life.isClosing) {
      const { asked } = life;
      const begin = performance.now();
      let isMore = true;
      try {
        isMore = await turn();
        pause.recovered();
      } catch (error) {
        log.warn({ err: error }, "the watch failed; it is tried again");
        await pause.backOff();
      }
      if (isMore || life.isClosing) continue;
      life.done = asked;
      for (const { resolve } of waiters.filter((waiter) => waiter.asked <= asked)) resolve();
      waiters = waiters.filter((waiter) => waiter.asked > asked);
      await pause.sleep(Math.max(0, turnEveryMs - (performance.now() - begin)));
      if (life.asked > asked || life.isClosing) continue;
      await pause.sleep(idleMs());
    }
  };

  /** Until something is due, or the next sweep. */
  const idleMs = (): number => {
    const dueMs = clock.realDelayMs((book?.dueMs() ?? 0) - clock.now());
    return Math.max(0, Math.min(dueMs, sweepAtMs - performance.now()));
  };

  const wake = (): void => {
    life.asked += 1;
    pause.wake();
  };
  const ended = run();

  return {
    committed({ latest, lateSamples }) {
      for (const { signal } of latest) book?.news(signal);
      if (latest.length > 0 || lateSamples.length > 0) wake();
    },
    wake() {
      book?.everything();
      wake();
    },
    settled() {
      wake();
      book?.everything();
      const { asked } = life;
      return new Promise((resolve) => waiters.push({ asked, resolve }));
    },
    async close() {
      life.isClosing = true;
      pause.wake();
      await ended;
    },
  };
}
