import type { LineEvent } from "@only-mes/protocols/console/live";
import type { Pool } from "pg";
import { advanceWatches, takeWatchTurn, type WatchPlace } from "../store/advanceWatches.ts";
import { readWatchedSamples, type WatchedSampleRow } from "../store/readWatchedSamples.ts";
import type { Transaction } from "../store/statement.ts";
import { takeWatchMarks } from "../store/takeWatchMarks.ts";
import { transaction } from "../store/transaction.ts";
import { compareSampleKeys } from "../domain/production/sampleOrder.ts";
import type { Watch, WatchBook } from "./watchBook.ts";
import type { SignalWatcher, WatcherTurn } from "./watcher.ts";

export interface TurnLimits {
  signalsMax: number;
  /** Samples of one signal that are read at once, and of all signals together. */
  signalRowsMax: number;
  rowsMax: number;
  /** Pages of samples in one transaction: the turn ends after so many, and the next one goes on. */
  pagesMax: number;
  /** Rewound signals are taken this many at once; enough are these samples, or signals, in one turn. */
  rewoundAtOnce: number;
  rewoundRowsMax: number;
  rewoundSignalsMax: number;
}

export interface Told {
  line: string;
  event: LineEvent;
}

/** Places are kept this often at least, in source time: a restart takes no more than that again. */
const keepEveryMs = 300_000;

interface Open extends Watch {
  isToKeep: boolean;
}

/**
 * One transaction of the watch: marks are rewound, new samples are taken, and the places are moved on
 * together with all that follows. Only after its commit the book knows of it. Answers what is to be
 * shown, and whether there is more to do at once.
 *
 * @throws {WatchOvertaken} if another host has watched since `place` was read.
 */
export async function runTurn(
  {
    pool,
    watchers,
    limits,
  }: { pool: Pool; watchers: readonly SignalWatcher[]; limits: TurnLimits },
  book: WatchBook,
  place: WatchPlace,
  nowMs: number,
): Promise<{ told: Told[]; isMore: boolean }> {
  const told: Told[] = [];
  const signals = new Set(book.takeSignals(nowMs, limits.signalsMax));
  const left = new Set<number>();
  const { opened, isMore } = await transaction(pool, async (tx) => {
    await takeWatchTurn(tx, place);
    const tell = (line: string, event: LineEvent): void => void told.push({ line, event });
    const turns = new Map(
      watchers.map((each) => [each.name, each.begin({ tx, nowMs, list: place.list, tell })]),
    );
    const opened = new Map<number, Open[]>();
    const open = (signal: number): Open[] => {
      const known = opened.get(signal);
      if (known !== undefined) return known;
      const fresh = book
        .watchesOf(signal)
        .filter(({ watcher }) => turns.has(watcher))
        .map((watch) => ({ ...watch, isToKeep: false }));
      opened.set(signal, fresh);
      return fresh;
    };
    const isMore = await takeRewound(tx, { turns, open, limits });
    let waiting = [...signals].filter((signal) => open(signal).length > 0);
    for (let page = 0; waiting.length > 0 && page < limits.pagesMax; page += 1) {
      ({ more: waiting } = await takePage(tx, { turns, open, limits }, waiting));
    }
    for (const signal of waiting) left.add(signal);
    for (const turn of turns.values()) await turn.finish();
    const toKeep = [...opened.values()].flat().filter(({ isToKeep }) => isToKeep);
    await advanceWatches(tx, toKeep);
    return { opened, isMore };
  });
  for (const [signal, watches] of opened) {
    const kept = book.watchesOf(signal);
    for (const { watcher, after, state, dueMs, isToKeep, keptToMs } of watches) {
      const watch = kept.find((one) => one.watcher === watcher);
      const place = { after, state, dueMs, keptToMs: isToKeep ? after.tsMs : keptToMs };
      if (watch !== undefined) Object.assign(watch, place);
    }
  }
  for (const signal of left) book.newsOf(signal);
  return { told, isMore: isMore || left.size > 0 };
}

async function rewind(turn: WatcherTurn, watch: Open, fromMs: number): Promise<void> {
  // Nothing of that time or later was taken yet: it comes in order.
  if (fromMs > watch.after.tsMs) return;
  watch.state = await turn.rewind(watch.signal, watch.state, fromMs);
  watch.isToKeep = true;
  watch.after = { tsMs: fromMs, epoch: -1, sequence: -1, ordinal: -1 };
}

interface TurnParts {
  turns: ReadonlyMap<string, WatcherTurn>;
  open: (signal: number) => Open[];
  limits: TurnLimits;
}

/**
 * Marked signals begin again, and are brought back to where they were within this turn: what follows
 * from them is never seen half made. A few at a time, until they have been enough. True: others are left.
 */
async function takeRewound(tx: Transaction, { turns, open, limits }: TurnParts): Promise<boolean> {
  let rows = 0;
  let signals = 0;
  while (rows < limits.rewoundRowsMax && signals < limits.rewoundSignalsMax) {
    const marks = await takeWatchMarks(tx, limits.rewoundAtOnce);
    if (marks.length === 0) return false;
    for (const { signal, fromMs } of marks) {
      for (const watch of open(signal)) await rewind(turnOf(turns, watch), watch, fromMs);
    }
    let waiting = marks.map(({ signal }) => signal).filter((signal) => open(signal).length > 0);
    while (waiting.length > 0) {
      const page = await takePage(tx, { turns, open, limits }, waiting);
      rows += page.rows;
      waiting = page.more;
    }
    signals += marks.length;
  }
  return true;
}

/** One page of samples for each of the signals; answers those that have more. */
async function takePage(
  tx: Transaction,
  { turns, open, limits }: TurnParts,
  signals: readonly number[],
): Promise<{ rows: number; more: number[] }> {
  const places = signals.map((signal) => ({ signal, after: earliest(open(signal)) }));
  const { signalRowsMax: limit, rowsMax } = limits;
  const rows = await readWatchedSamples(tx, places, { limit, rowsMax });
  const isCut = rows.length === rowsMax;
  const bySignal = new Map<number, WatchedSampleRow[]>();
  for (const row of rows) {
    const of = bySignal.get(row.signal);
    if (of === undefined) bySignal.set(row.signal, [row]);
    else of.push(row);
  }
  const lastSignal = rows.at(-1)?.signal;
  const more: number[] = [];
  for (const signal of signals) {
    const samples = bySignal.get(signal) ?? [];
    if (isCut && (samples.length === 0 || signal === lastSignal)) more.push(signal);
    else if (samples.length === limit) more.push(signal);
    // One whose turn has not come in a page that was cut is given its samples with the next page.
    if (isCut && samples.length === 0) continue;
    for (const watch of open(signal)) await take(turnOf(turns, watch), watch, samples);
  }
  return { rows: rows.length, more };
}

async function take(
  turn: WatcherTurn,
  watch: Open,
  samples: readonly WatchedSampleRow[],
): Promise<void> {
  const fresh = samples.filter((sample) => compareSampleKeys(sample, watch.after) > 0);
  const { state, isToKeep, dueMs } = await turn.take(watch.signal, watch.state, fresh);
  const last = fresh.at(-1);
  watch.state = state;
  watch.dueMs = dueMs ?? Infinity;
  watch.isToKeep ||= isToKeep;
  if (last !== undefined) {
    const { tsMs, epoch, sequence, ordinal } = last;
    watch.after = { tsMs, epoch, sequence, ordinal };
    watch.isToKeep ||= tsMs - watch.keptToMs > keepEveryMs;
  }
}

function earliest(watches: readonly Open[]): Watch["after"] {
  const [first] = watches.map(({ after }) => after).toSorted(compareSampleKeys);
  return first ?? { tsMs: 0, epoch: -1, sequence: -1, ordinal: -1 };
}

function turnOf(turns: ReadonlyMap<string, WatcherTurn>, { watcher }: Watch): WatcherTurn {
  const turn = turns.get(watcher);
  if (turn === undefined) throw new Error(`there is no watcher ${watcher}`);
  return turn;
}
