import type { SampleFormat } from "./sampleRows.ts";
import { sampleRowsWriter } from "./sampleRows.ts";
import { foldOutcome, foldPending } from "./foldBatch.ts";
import type {
  BindTask,
  FoldResult,
  FoldTask,
  LaneDeadLetter,
  LoadTask,
  RefoldAdoptTask,
  RefoldBeginTask,
  RefoldPageResult,
  RefoldPageTask,
} from "./laneTask.ts";
import { bindingTable, readMessage, type BindingTable, type Refusal } from "./readMessage.ts";
import { beginRefold, type Refold } from "./refold.ts";
import { signalFold, type SignalFold } from "./signalFold.ts";

/** The fold of some lines: the only place that keeps its state. Deterministic; knows no clock. */
export interface Lane {
  load(task: LoadTask): void;
  bind(task: BindTask): void;
  forget(signals: readonly number[]): void;
  fold(task: FoldTask): Omit<FoldResult, "laneMs">;
  refoldBegin(task: RefoldBeginTask): void;
  refoldPage(task: RefoldPageTask): RefoldPageResult;
  refoldAdopt(task: RefoldAdoptTask): void;
}

export function createLane(format: SampleFormat): Lane {
  const folds = new Map<number, SignalFold>();
  const bindings = new Map<number, BindingTable>();
  let refold: Refold | undefined;
  let isLoaded = false;

  /** A thread that took the place of one that died knows nothing, and must not fold from nothing. */
  const requireLoaded = (): void => {
    if (!isLoaded) throw new Error("the lane has not been loaded");
  };

  const take = ({ signals, seeds }: Pick<BindTask, "signals" | "seeds">): void => {
    const seedOf = new Map(seeds.map((seed) => [seed.key, seed]));
    for (const signal of signals) {
      const known = folds.get(signal.key);
      if (known === undefined) {
        folds.set(signal.key, signalFold(signal, seedOf.get(signal.key)));
      } else known.signal = signal;
    }
  };

  return {
    load(task) {
      folds.clear();
      bindings.clear();
      refold = undefined;
      take(task);
      for (const binding of task.bindings) bindings.set(binding.id, bindingTable(binding));
      isLoaded = true;
    },
    bind(task) {
      requireLoaded();
      take(task);
      bindings.set(task.binding.id, bindingTable(task.binding));
    },
    forget(signals) {
      for (const key of signals) folds.delete(key);
    },
    fold(task) {
      requireLoaded();
      return foldMessages(task, format, folds, bindings);
    },
    refoldBegin(task) {
      requireLoaded();
      const fold = folds.get(task.signal);
      if (fold === undefined) throw new Error(`the lane does not know signal ${task.signal}`);
      refold = beginRefold(fold, task);
    },
    refoldPage(task) {
      // A thread that was put in the place of one that died must not take a window for folded.
      if (refold === undefined) throw new Error("no refold has begun in this lane");
      return refold.page(task);
    },
    refoldAdopt({ met, isOpen }) {
      refold?.adopt(met, isOpen);
      refold = undefined;
    },
  };
}

function foldMessages(
  task: FoldTask,
  format: SampleFormat,
  folds: ReadonlyMap<number, SignalFold>,
  bindings: ReadonlyMap<number, BindingTable>,
): Omit<FoldResult, "laneMs"> {
  const rows = sampleRowsWriter(format, task.samplesExpected);
  const touched = new Set<SignalFold>();
  const letters = deadLetterCollector();
  const gaps: FoldResult["gaps"] = [];
  const unresolved: number[] = [];
  const samplesOfMessage = new Int32Array(task.bindings.length);
  let sampleCount = 0;
  let newestGatewayTsMs = 0;

  for (let message = 0; message < task.bindings.length; message += 1) {
    const binding = bindings.get(task.bindings[message] ?? -1);
    if (binding === undefined) {
      unresolved.push(message);
      continue;
    }
    const read = readMessage(
      task.bytes.subarray(task.offsets[message], task.offsets[message + 1]),
      {
        binding,
        folds,
        epoch: task.epochs[message] ?? 0,
        sequence: task.sequences[message] ?? 0,
        plantNowMs: task.plantNowMs,
      },
    );
    if (read.kind === "unresolved") {
      unresolved.push(message);
      continue;
    }
    if (read.kind === "undecodable") {
      letters.push(message, { reason: "payload-undecodable", metric: "", detail: read.detail });
      continue;
    }
    for (const refusal of read.refusals) letters.push(message, refusal);
    for (const gap of read.gaps) gaps.push({ message, gap });
    for (const { fold, sample } of read.samples) {
      rows.push({ signal: fold.signal.key, ...sample });
      fold.pending.push(sample);
      touched.add(fold);
      newestGatewayTsMs = Math.max(newestGatewayTsMs, sample.gatewayTsMs);
    }
    samplesOfMessage[message] = read.samples.length;
    sampleCount += read.samples.length;
  }

  const out = foldOutcome();
  for (const fold of touched) foldPending(fold, out);
  for (const { signal, code } of out.unknownCodes) {
    letters.push(-1, {
      reason: "state-code-unknown",
      metric: signal,
      detail: `code ${code} has no state in the device map`,
    });
  }
  const { counts, unknownCodes: _, ...changes } = out;
  return {
    ...changes,
    counts: counts.finish(),
    samples: sampleCount === 0 ? undefined : rows.finish(),
    samplesOfMessage,
    deadLetters: letters.all(),
    gaps,
    unresolved,
    newestGatewayTsMs,
  };
}

const deadLetterKindsMax = 1000;

/** One letter for each reason and metric of a batch: a broken device must not flood the database. */
function deadLetterCollector(): {
  push(message: number, refusal: Refusal): void;
  all(): LaneDeadLetter[];
} {
  const letters = new Map<string, LaneDeadLetter>();
  return {
    push(message, refusal) {
      const key = `${refusal.reason} ${refusal.metric}`;
      const known = letters.get(key);
      if (known !== undefined) known.times += 1;
      else if (letters.size < deadLetterKindsMax)
        letters.set(key, { message, ...refusal, times: 1 });
    },
    all: () => [...letters.values()],
  };
}
