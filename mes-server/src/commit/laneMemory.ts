import type { Pool } from "pg";
import type { FoldResult, LaneBinding, LaneSignal } from "../pipeline/laneTask.ts";
import { laneSignal } from "../pipeline/laneSignal.ts";
import type { LaneThread } from "../pipeline/laneThread.ts";
import { loadDirtyWindows } from "../store/loadDirtyWindows.ts";
import { loadFoldSeeds } from "../store/loadFoldSeeds.ts";
import { loadLineFolds } from "../store/loadLineFolds.ts";
import { loadSignals, type StoredSignal } from "../store/loadSignals.ts";
import { transaction } from "../store/transaction.ts";
import type { Measures } from "./measures.ts";

type LossCause = "start" | "thread" | "commit" | "overtaken" | "refold";
export type BoundLaneSignal = LaneSignal & { line: string };

/** What a lane must be told again after it lost its state, and the revisions of its lines. */
export interface LaneMemory {
  readonly isLost: boolean;
  /** What the thread holds is not what is committed: nothing may be folded before `load`. */
  lose(cause: LossCause): void;
  /**
   * Signals of earlier births: their late samples are folded even if no birth comes. Replaces those of
   * the same key.
   */
  know(signals: readonly BoundLaneSignal[]): void;
  load(): Promise<void>;
  bind(binding: LaneBinding, signals: readonly BoundLaneSignal[]): Promise<void>;
  forget(signals: readonly number[]): void;
  signal(key: number): BoundLaneSignal | undefined;
  /** Revisions, as known here, of the lines that a batch folds. */
  linesOf(result: FoldResult): Map<string, number>;
  lines(names: readonly string[]): Map<string, number>;
  /** The transaction that raised these is committed. */
  advance(lines: ReadonlyMap<string, number>): void;
  dirty(): ReadonlySet<number>;
  markDirty(signals: readonly number[]): void;
  cleaned(signal: number): void;
}

export function laneMemory({
  lane,
  thread,
  pool,
  measures,
}: {
  lane: number;
  thread: LaneThread;
  pool: Pool;
  measures: Measures;
}): LaneMemory {
  const signals = new Map<number, BoundLaneSignal>();
  const byId = new Map<string, BoundLaneSignal>();
  const bindings = new Map<number, LaneBinding>();
  const revisions = new Map<string, number>();
  const dirty = new Set<number>();
  let cause: LossCause | undefined = "start";
  let generation = 0;

  const told = (): void => measures.dirtyWindows.set({ lane }, dirty.size);
  const keep = (of: readonly BoundLaneSignal[]): void => {
    generation += 1;
    for (const signal of of) {
      signals.set(signal.key, signal);
      byId.set(signal.id, signal);
    }
  };
  const linesOfSignals = (of: Iterable<BoundLaneSignal>): string[] => [
    ...new Set([...of].map(({ line }) => line)),
  ];
  const known = (names: Iterable<string>): Map<string, number> =>
    new Map([...names].map((name) => [name, revisions.get(name) ?? 0]));

  return {
    get isLost() {
      return cause !== undefined;
    },
    lose(of) {
      cause ??= of;
    },
    know(of) {
      keep(of);
      cause ??= "start";
    },
    async load() {
      const begun = generation;
      const keys = [...signals.keys()];
      const { all, seeds, lines, windows } = await transaction(
        pool,
        async (tx) => {
          const all = boundNow(await loadSignals(tx, keys), signals);
          return {
            all,
            seeds: await loadFoldSeeds(tx, all),
            lines: await loadLineFolds(tx, linesOfSignals(all)),
            windows: await loadDirtyWindows(tx, keys),
          };
        },
        { begin: "BEGIN ISOLATION LEVEL REPEATABLE READ" },
      );
      // Bound while this was read: those are told with the next load.
      if (generation !== begun) return;
      keep(all);
      revisions.clear();
      for (const [line, revision] of lines) revisions.set(line, revision);
      for (const key of windows) dirty.add(key);
      told();
      measures.laneRestarts.inc({ cause: cause ?? "start" });
      // From here on births are told to the thread again: they queue behind this task.
      cause = undefined;
      await thread
        .load({ kind: "load", signals: all, seeds, bindings: [...bindings.values()] })
        .catch((error: unknown) => {
          cause = "thread";
          throw error;
        });
    },
    async bind(binding, bound) {
      const fresh = bound.filter(({ key }) => !signals.has(key));
      const { seeds, lines, windows } = await transaction(
        pool,
        async (tx) => ({
          seeds: fresh.length === 0 ? [] : await loadFoldSeeds(tx, fresh),
          lines: await loadLineFolds(tx, linesOfSignals(bound)),
          windows: await loadDirtyWindows(
            tx,
            fresh.map(({ key }) => key),
          ),
        }),
        { begin: "BEGIN ISOLATION LEVEL REPEATABLE READ" },
      );
      keep(bound);
      for (const [line, revision] of lines) {
        if (!revisions.has(line)) revisions.set(line, revision);
      }
      bindings.set(binding.id, binding);
      for (const key of windows) dirty.add(key);
      told();
      // A lane without its state is told everything by `load`.
      if (cause !== undefined) return;
      await thread.bind({ kind: "bind", signals: [...bound], seeds, binding }).catch(() => {
        cause = "thread";
      });
    },
    forget(keys) {
      generation += 1;
      for (const key of keys) {
        const signal = signals.get(key);
        if (signal !== undefined) byId.delete(signal.id);
        signals.delete(key);
        dirty.delete(key);
      }
      thread.forget([...keys]).catch(() => {
        cause ??= "thread";
      });
    },
    signal: (key) => signals.get(key),
    linesOf: (result) =>
      known(linesOfSignals(result.latest.flatMap(({ signal }) => byId.get(signal) ?? []))),
    lines: known,
    advance(lines) {
      for (const [line, revision] of lines) revisions.set(line, revision + 1);
    },
    dirty: () => dirty,
    markDirty(keys) {
      for (const key of keys) dirty.add(key);
      told();
    },
    cleaned(key) {
      dirty.delete(key);
      told();
    },
  };
}

/**
 * Signals as they are bound now. An engineer may have bound some to something else, through another host
 * too: then a commit was refused, and this is the load that follows.
 */
function boundNow(
  stored: readonly StoredSignal[],
  known: ReadonlyMap<number, BoundLaneSignal>,
): BoundLaneSignal[] {
  return stored.map((signal) => {
    const before = known.get(signal.key);
    const now = laneSignal(signal, true);
    const wasSame = before?.role === now.role && before.unit === now.unit;
    const isBorn = !wasSame || before.states !== undefined;
    const makesState = signal.stateClaim === "bound" || (signal.stateClaim === "born" && isBorn);
    return makesState ? now : laneSignal(signal, false);
  });
}
