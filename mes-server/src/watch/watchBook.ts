import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { StoredWatch } from "../store/loadWatches.ts";
import type { WatchState } from "./watcher.ts";

/** One watched signal of one watcher, as it stands in memory: at or ahead of its row. */
export interface Watch {
  signal: number;
  watcher: string;
  after: SampleKey;
  state: WatchState;
  /** Source time of the place that its row has. */
  keptToMs: number;
  /** Plant time at which time alone changes something. */
  dueMs: number;
}

/** All watches, and which of them have something to do. */
export interface WatchBook {
  /** Signals that somebody watches. */
  watchesOf(signal: number): readonly Watch[];
  news(signalId: string): void;
  newsOf(signal: number): void;
  everything(): void;
  /** Up to `max` signals with news or with something due; they count as done. */
  takeSignals(nowMs: number, max: number): number[];
  /** The earliest plant time at which something is due. */
  dueMs(): number;
  readonly hasNews: boolean;
}

export function watchBook(stored: readonly StoredWatch[]): WatchBook {
  const watches = new Map<number, Watch[]>();
  const keys = new Map<string, number>();
  const news = new Set<number>();
  for (const { id, ...watch } of stored) {
    keys.set(id, watch.signal);
    const of = watches.get(watch.signal) ?? [];
    // What is due follows from the state: it is asked for once at the start.
    of.push({ ...watch, keptToMs: watch.after.tsMs, dueMs: -Infinity });
    watches.set(watch.signal, of);
  }
  const dueOf = (of: readonly Watch[]): number => Math.min(...of.map(({ dueMs }) => dueMs));
  return {
    watchesOf: (signal) => watches.get(signal) ?? [],
    news(id) {
      const key = keys.get(id);
      if (key !== undefined) news.add(key);
    },
    newsOf(signal) {
      if (watches.has(signal)) news.add(signal);
    },
    everything() {
      for (const signal of watches.keys()) news.add(signal);
    },
    takeSignals(nowMs, max) {
      for (const [signal, of] of watches) if (dueOf(of) <= nowMs) news.add(signal);
      const taken = [...news].slice(0, max);
      for (const signal of taken) news.delete(signal);
      return taken;
    },
    dueMs: () => Math.min(Infinity, ...[...watches.values()].map(dueOf)),
    get hasNews() {
      return news.size > 0;
    },
  };
}
