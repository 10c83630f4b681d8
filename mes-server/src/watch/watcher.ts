import type { LineEvent } from "@only-mes/protocols/console/live";
import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { Transaction } from "../store/statement.ts";

/** A committed sample, as the watch hands it on. */
export interface WatchedSample extends SampleKey {
  quality: number;
  value: number | null;
  text: string | null;
}

/** What a watcher keeps of a signal from sample to sample: JSON, `{}` at first. */
export type WatchState = Readonly<Record<string, unknown>>;

/** One transaction of the watch. */
export interface WatchTurn {
  tx: Transaction;
  /** Plant time. */
  nowMs: number;
  /** Changes with what is watched: what was read of definitions holds as long as this number. */
  list: number;
  /** Shown to the consoles of the line once the turn is committed. */
  tell(line: string, event: LineEvent): void;
}

/**
 * Makes something of the samples of some signals: alarms of limits, measurements of characteristics.
 * Which signals those are stands in table `signal_watch` (store/watchSignals.ts). What it makes must
 * follow from the samples alone, never from how they were cut into turns.
 */
export interface SignalWatcher {
  /** As in `signal_watch.watcher`. */
  name: string;
  begin(turn: WatchTurn): WatcherTurn;
}

/** What a watcher does within one transaction. A throw undoes all of it, and it is tried again. */
export interface WatcherTurn {
  /**
   * Samples of one signal in fold order (ts, epoch, sequence, ordinal), each given once; empty if only
   * time has passed (`dueMs`).
   */
  take(signal: number, state: WatchState, samples: readonly WatchedSample[]): Promise<Taken>;
  /**
   * Samples have come late, or what is watched for has changed: forgets, in the database too, what it
   * made of samples with a source time at or after `fromMs`. Those are given to `take` again, in this
   * very turn if they are not too many.
   */
  rewind(signal: number, state: WatchState, fromMs: number): Promise<WatchState>;
  /** All samples of the turn have been taken: writes what is still to be written. */
  finish(): Promise<void>;
}

export interface Taken {
  state: WatchState;
  /** False: the state need not be kept now, as the same samples would lead to it again. */
  isToKeep: boolean;
  /** Plant time at which `take` is to be called again even without a sample. */
  dueMs?: number;
}
