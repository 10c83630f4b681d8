import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { qualityGood } from "@only-mes/protocols/plant/signal";
import type { CountChange } from "../commit/committed.ts";
import {
  advanceCounter,
  type CounterState,
  type CountKind,
} from "../domain/production/counterFold.ts";
import type { SampleKey } from "../domain/production/sampleOrder.ts";
import { advanceState, stateOfCode, type UnitState } from "../domain/production/stateFold.ts";
import { arrayColumn } from "./arrayColumn.ts";
import type { CountRows, LaneSignal, StateRow } from "./laneTask.ts";
import { countOf } from "./readMessage.ts";
import type { StagedSample } from "./signalFold.ts";

/** Collects rows of table `count_event`. */
export interface CountRowsWriter {
  push(signal: LaneSignal, at: SampleKey, kind: CountKind, delta: number): void;
  finish(): CountRows | undefined;
}

export function countRowsWriter(): CountRowsWriter {
  const signal = arrayColumn("int4");
  const unit = arrayColumn("text");
  const role = arrayColumn("text");
  const ts = arrayColumn("timestamptz");
  const epoch = arrayColumn("int8");
  const sequence = arrayColumn("int8");
  const ordinal = arrayColumn("int4");
  const delta = arrayColumn("int8");
  const kind = arrayColumn("text");
  return {
    push(of, at, kindOf, pieces) {
      signal.pushNumber(of.key);
      unit.pushText(of.unit);
      role.pushText(of.role);
      ts.pushNumber(at.tsMs);
      epoch.pushNumber(at.epoch);
      sequence.pushNumber(at.sequence);
      ordinal.pushNumber(at.ordinal);
      delta.pushNumber(pieces);
      kind.pushText(kindOf);
    },
    finish() {
      if (signal.rows === 0) return undefined;
      const columns = [signal, unit, role, ts, epoch, sequence, ordinal, delta, kind];
      return { rows: signal.rows, buffers: columns.map((column) => column.finish()) };
    },
  };
}

export interface CounterStep {
  next: CounterState | undefined;
  event?: { kind: CountKind; delta: number };
}

/** One sample of a counter. Bad quality carries no reading. */
export function stepCounter(
  state: CounterState | undefined,
  signal: LaneSignal,
  sample: StagedSample,
): CounterStep {
  const rule = signal.counter;
  if (rule === undefined || sample.quality !== qualityGood) return { next: state };
  const value = countOf(sample, rule.bits);
  if (value === undefined) return { next: state };
  return advanceCounter(state, rule, { value, atMs: sample.tsMs });
}

/** The state that a sample of role machineState tells; `known` is false for a code without meaning. */
export function stateOfSample(
  signal: LaneSignal,
  { quality, value }: StagedSample,
): { state: MachineState; known: boolean } {
  if (quality !== qualityGood || value === null) return { state: "Unknown", known: true };
  const state = stateOfCode(value, signal.states ?? {});
  return state === undefined ? { state: "Unknown", known: false } : { state, known: true };
}

/** The newest intervals of a unit, from the one that was open on. */
export interface StateTail {
  rows: StateRow[];
  /** Begins of intervals that no longer exist. */
  goneMs: number[];
}

export function stateTail(): StateTail {
  return { rows: [], goneMs: [] };
}

/** Writes one sample's state to the tail; answers the unit's state after it. */
export function stepState(
  tail: StateTail,
  current: UnitState | undefined,
  unit: string,
  state: MachineState,
  atMs: number,
): UnitState {
  const { next, change } = advanceState(current, state, atMs);
  if (change === "none") return next;
  if (tail.rows.length === 0 && current !== undefined) {
    tail.rows.push({ unit, fromMs: current.sinceMs, toMs: null, state: current.state });
  }
  const open = tail.rows.at(-1);
  switch (change) {
    case "opened":
      if (open !== undefined) open.toMs = atMs;
      tail.rows.push({ unit, fromMs: atMs, toMs: null, state });
      break;
    case "replaced":
      if (open !== undefined) open.state = state;
      break;
    case "rejoined": {
      tail.rows.pop();
      tail.goneMs.push(atMs);
      const before = tail.rows.at(-1);
      if (before === undefined) {
        tail.rows.push({ unit, fromMs: next.sinceMs, toMs: null, state: next.state });
      } else before.toMs = null;
      break;
    }
  }
  return next;
}

/** Steps of one counter within one second are one change to the live side: no shift begins between. */
export function mergeCountChange(changes: CountChange[], change: CountChange): void {
  const last = changes.at(-1);
  if (
    last !== undefined &&
    last.unit === change.unit &&
    last.role === change.role &&
    last.kind === "step" &&
    change.kind === "step" &&
    Math.floor(last.atMs / 1000) === Math.floor(change.atMs / 1000)
  ) {
    last.delta += change.delta;
    last.atMs = change.atMs;
    return;
  }
  changes.push(change);
}
