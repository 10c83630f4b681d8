import { isCounterRole } from "@only-mes/protocols/plant/signal";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import type { CountChange, LatestSample, StateChange } from "../commit/committed.ts";
import { compareSampleKeys } from "../domain/production/sampleOrder.ts";
import {
  countRowsWriter,
  mergeCountChange,
  stateOfSample,
  stateTail,
  stepCounter,
  stepState,
  type CountRowsWriter,
} from "./foldRows.ts";
import type { LateWindow, StateRow } from "./laneTask.ts";
import type { SignalFold, StagedSample } from "./signalFold.ts";

/** What the signals of a batch leave behind: rows for the database, changes for the live side. */
export interface FoldOutcome {
  counts: CountRowsWriter;
  states: StateRow[];
  goneStates: { unit: string; fromMs: number }[];
  lateWindows: LateWindow[];
  lateSamples: LateWindow[];
  latest: LatestSample[];
  countChanges: CountChange[];
  stateChanges: StateChange[];
  unknownCodes: { signal: string; code: number; sample: StagedSample }[];
  rollovers: number;
  resets: number;
  quarantined: number;
}

export function foldOutcome(): FoldOutcome {
  return {
    counts: countRowsWriter(),
    states: [],
    goneStates: [],
    lateWindows: [],
    lateSamples: [],
    latest: [],
    countChanges: [],
    stateChanges: [],
    unknownCodes: [],
    rollovers: 0,
    resets: 0,
    quarantined: 0,
  };
}

/** Folds what the batch brought to one signal, in fold order; what is older than the fold is late. */
export function foldPending(fold: SignalFold, out: FoldOutcome): void {
  const samples = fold.pending;
  fold.pending = [];
  samples.sort(compareSampleKeys);
  const inOrder = splitLate(fold, samples, out);
  const newest = inOrder.at(-1);
  if (newest === undefined) return;
  if (fold.signal.counter !== undefined) foldCounter(fold, inOrder, out);
  else if (fold.signal.states !== undefined) foldState(fold, inOrder, out);
  const { tsMs, epoch, sequence, ordinal } = newest;
  fold.last = { tsMs, epoch, sequence, ordinal };
  out.latest.push(latestOf(fold, newest));
}

function splitLate(fold: SignalFold, sorted: StagedSample[], out: FoldOutcome): StagedSample[] {
  const { last, signal } = fold;
  if (last === undefined) return sorted;
  const firstInOrder = sorted.findIndex((sample) => compareSampleKeys(sample, last) > 0);
  if (firstInOrder === 0) return sorted;
  const late = firstInOrder === -1 ? sorted : sorted.slice(0, firstInOrder);
  const [oldest, newest] = [late[0], late.at(-1)];
  const isFolded = signal.counter !== undefined || signal.states !== undefined;
  if (oldest !== undefined && newest !== undefined) {
    const window = { signal: signal.key, fromMs: oldest.tsMs, toMs: newest.tsMs };
    out.lateSamples.push(window);
    if (isFolded) out.lateWindows.push(window);
  }
  return firstInOrder === -1 ? [] : sorted.slice(firstInOrder);
}

function foldCounter(fold: SignalFold, samples: StagedSample[], out: FoldOutcome): void {
  const { signal } = fold;
  const role = isCounterRole(signal.role) ? signal.role : "goodCount";
  for (const sample of samples) {
    const { next, event } = stepCounter(fold.counter, signal, sample);
    fold.counter = next;
    if (event === undefined) continue;
    out.counts.push(signal, sample, event.kind, event.delta);
    mergeCountChange(out.countChanges, { unit: signal.unit, role, atMs: sample.tsMs, ...event });
    if (event.kind === "rollover") out.rollovers += 1;
    else if (event.kind === "reset") out.resets += 1;
    else if (event.kind === "quarantined") out.quarantined += 1;
  }
}

function foldState(fold: SignalFold, samples: StagedSample[], out: FoldOutcome): void {
  const { signal } = fold;
  const before = fold.unit;
  const tail = stateTail();
  for (const sample of samples) {
    const { state, known } = stateOfSample(signal, sample);
    if (!known) out.unknownCodes.push({ signal: signal.id, code: sample.value ?? 0, sample });
    fold.unit = stepState(tail, fold.unit, signal.unit, state, sample.tsMs);
  }
  out.states.push(...tail.rows);
  out.goneStates.push(...tail.goneMs.map((fromMs) => ({ unit: signal.unit, fromMs })));
  const changes = tail.rows.filter(
    (row) => row.fromMs !== before?.sinceMs || row.state !== before.state,
  );
  const reopened = tail.rows.length === 1 && tail.goneMs.length > 0 ? tail.rows : changes;
  out.stateChanges.push(...reopened.map(({ unit, state, fromMs }) => ({ unit, state, fromMs })));
}

function latestOf({ signal }: SignalFold, sample: StagedSample): LatestSample {
  return {
    signal: signal.id,
    value: shown(sample, signal.datatype),
    quality: sample.quality,
    sourceTimeMs: sample.tsMs,
    gatewayTimeMs: sample.gatewayTsMs,
  };
}

function shown({ value, text }: StagedSample, datatype: number): LatestSample["value"] {
  if (text !== null) return text;
  if (value !== null && datatype === datatypes.Boolean) return value !== 0;
  return value;
}
