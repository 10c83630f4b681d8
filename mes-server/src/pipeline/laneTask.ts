import type { GapMarker } from "@only-mes/protocols/sparkplug/delivery";
import type { SignalRole } from "@only-mes/protocols/plant/signal";
import type { MachineState, PackmlState } from "@only-mes/protocols/plant/machine-state";
import type { CountChange, LatestSample, StateChange } from "../commit/committed.ts";
import type { CounterRule, CounterState } from "../domain/production/counterFold.ts";
import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { UnitState } from "../domain/production/stateFold.ts";
import type { SampleRows } from "./sampleRows.ts";

/** What passes between the main thread and the worker thread of a lane. */
export type LaneTask =
  | LoadTask
  | BindTask
  | ForgetTask
  | FoldTask
  | RefoldBeginTask
  | RefoldPageTask
  | RefoldAdoptTask
  | { kind: "die" };

/** All that a lane must know of a signal. */
export interface LaneSignal {
  key: number;
  id: string;
  /** Whole id of its unit. */
  unit: string;
  role: SignalRole;
  datatype: number;
  /** Present for counters. */
  counter?: CounterRule;
  /** Present for the one machineState of the unit. */
  states?: Readonly<Record<string, PackmlState>>;
}

/** Where the fold of a signal stands, as the committed rows say. */
export interface FoldSeed {
  key: number;
  last?: SampleKey;
  counter?: CounterState;
  unit?: UnitState;
}

export interface LaneBinding {
  id: number;
  metrics: BoundMetric[];
  /** Aliases and names of metrics that carry no sample: Delivery/*, bdSeq, Node Control/*. */
  ignoredAliases: number[];
  /** Of `Delivery/Dropped`. */
  droppedAlias?: number;
  /** A metric still unknown after the rebirth that was asked for is a dead letter. */
  strict: boolean;
}

export interface BoundMetric {
  name: string;
  alias?: number;
  datatype: number;
  signal: number;
}

/** Forget everything, and stand where the committed rows say. */
export interface LoadTask {
  kind: "load";
  signals: LaneSignal[];
  seeds: FoldSeed[];
  bindings: LaneBinding[];
}

/** A birth: `signals` replace those of the same key; `seeds` are of those that the lane did not have. */
export interface BindTask {
  kind: "bind";
  signals: LaneSignal[];
  seeds: FoldSeed[];
  binding: LaneBinding;
}

interface ForgetTask {
  kind: "forget";
  signals: number[];
}

/** Payloads one after another in `bytes`; message i is `bytes[offsets[i], offsets[i + 1])`. */
export interface FoldTask {
  kind: "fold";
  plantNowMs: number;
  samplesExpected: number;
  bytes: Uint8Array;
  offsets: Uint32Array;
  bindings: Int32Array;
  epochs: Float64Array;
  sequences: Float64Array;
}

export interface FoldResult {
  samples: SampleRows | undefined;
  /** Samples of each message, dead letters not counted. */
  samplesOfMessage: Int32Array;
  counts: CountRows | undefined;
  states: StateRow[];
  /** Intervals that no longer exist; they go before `states` come. */
  goneStates: { unit: string; fromMs: number }[];
  /** Late samples of folded signals: to be folded again. */
  lateWindows: LateWindow[];
  /** Late samples of any signal: to be watched again, where somebody watches it. */
  lateSamples: LateWindow[];
  deadLetters: LaneDeadLetter[];
  /** What gateways had to drop, by message. */
  gaps: { message: number; gap: GapMarker }[];
  /** Messages with an alias that no birth has told: nothing of them was folded. */
  unresolved: number[];
  latest: LatestSample[];
  countChanges: CountChange[];
  stateChanges: StateChange[];
  rollovers: number;
  resets: number;
  quarantined: number;
  newestGatewayTsMs: number;
  laneMs: number;
}

/** Rows of table `count_event`: signal, unit, role, ts, epoch, sequence, ordinal, delta, kind. */
export interface CountRows {
  rows: number;
  buffers: Uint8Array<ArrayBuffer>[];
}

export interface StateRow {
  unit: string;
  fromMs: number;
  toMs: number | null;
  state: MachineState;
}

export interface LateWindow {
  signal: number;
  fromMs: number;
  toMs: number;
}

export interface LaneDeadLetter {
  message: number;
  reason: DeadLetterReason;
  metric: string;
  detail: string;
  /** How many of the same reason and metric the batch had. */
  times: number;
}

/** Codes of docs/errors.md. */
export const deadLetterReasons = [
  "payload-undecodable",
  "topic-unknown",
  "metric-unknown",
  "definition-missing",
  "definition-invalid",
  "machine-state-twice",
  "value-not-a-number",
  "value-not-finite",
  "value-not-a-count",
  "value-not-text",
  "text-too-long",
  "source-time-missing",
  "source-time-out-of-range",
  "state-code-unknown",
  "refused-by-database",
] as const;

export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** Fold a window of one signal again. Only one refold is under way in a lane. */
export interface RefoldBeginTask {
  kind: "refoldBegin";
  signal: number;
  /** As the rows before the window say. */
  seed: FoldSeed;
  /** The newest late sample's source time: beyond it the folds may meet again. */
  untilMs: number;
}

/** Samples of the signal in fold order, as store/loadRefoldPage.ts reads them. */
export interface RefoldPageTask {
  kind: "refoldPage";
  samples: string;
  /** No sample follows. */
  isLast: boolean;
}

export interface RefoldPageResult {
  /** The last sample that was folded; the rows of the page reach up to it. */
  upTo: SampleKey | undefined;
  /** From `upTo` on, the fold before and this one agree. */
  met: boolean;
  counts: CountRows | undefined;
  /** From the interval that was open before the page on. */
  states: StateRow[];
  goneStates: { unit: string; fromMs: number }[];
}

/** The refold is committed: go on from it. */
export interface RefoldAdoptTask {
  kind: "refoldAdopt";
  met: boolean;
  /** The last interval that the refold wrote is the unit's present one. */
  isOpen: boolean;
}
