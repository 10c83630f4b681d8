import {
  lookOfState,
  type MachineState,
  type StateLook,
} from "@only-mes/protocols/plant/machine-state";

export interface StateSpan {
  state: MachineState;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
}

const nearnessToRunning: Record<StateLook, number> = {
  running: 3,
  waiting: 2,
  stopped: 1,
  unknown: 0,
};

/** The units whose states are the state of the line: those that pace it, or all if none does. */
export function pacingUnits<U extends { pacesLine: boolean }>(units: readonly U[]): U[] {
  const pacing = units.filter((unit) => unit.pacesLine);
  return pacing.length > 0 ? pacing : [...units];
}

/** Whether units that make a line's state stand side by side, or one after the other. */
export type LineCombination = "parallel" | "series";

const nearnessInSeries: Record<StateLook, number> = {
  running: 3,
  unknown: 2,
  waiting: 1,
  stopped: 0,
};

/** The state of a line that runs only while all of these units do: the state that is farthest from running. */
export function stateOfSeries(states: readonly MachineState[]): MachineState | undefined {
  let worst: MachineState | undefined;
  for (const state of states) {
    if (worst === undefined || seriesNearness(state) < seriesNearness(worst)) worst = state;
  }
  return worst;
}

function seriesNearness(state: MachineState): number {
  return nearnessInSeries[lookOfState[state]];
}

/**
 * The state of a line whose pacing units are in these states, in the order of the flow: `Execute` as
 * soon as one of them executes, else the state that looks nearest to running, the first if several do.
 */
export function stateOfLine(states: readonly MachineState[]): MachineState | undefined {
  if (states.includes("Execute")) return "Execute";
  let best: MachineState | undefined;
  for (const state of states) {
    if (best === undefined || nearness(state) > nearness(best)) best = state;
  }
  return best;
}

function nearness(state: MachineState): number {
  return nearnessToRunning[lookOfState[state]];
}

/**
 * The states of a line over time, from the states of its pacing units, each list in order of time.
 * A unit counts only while it has a state; neighbours of the same state are one span.
 */
export function lineStates(
  units: readonly (readonly StateSpan[])[],
  combine: LineCombination = "parallel",
): StateSpan[] {
  const stateOf = combine === "parallel" ? stateOfLine : stateOfSeries;
  const current: (MachineState | undefined)[] = units.map(() => undefined);
  const spans: StateSpan[] = [];
  const changes = changesOf(units);
  changes.forEach((change, index) => {
    current[change.unit] = change.state;
    if (changes[index + 1]?.atMs === change.atMs) return;
    follow(spans, change.atMs, stateOf(current.filter((state) => state !== undefined)));
  });
  return spans;
}

interface Change {
  atMs: number;
  unit: number;
  /** Absent: the unit's state is not known from here on. */
  state: MachineState | undefined;
}

/** Ends come before beginnings of the same instant, so that a unit never loses its next state. */
function changesOf(units: readonly (readonly StateSpan[])[]): Change[] {
  const changes: Change[] = [];
  units.forEach((spans, unit) => {
    for (const { state, fromMs, toMs } of spans) {
      if (toMs !== null && toMs <= fromMs) continue;
      changes.push({ atMs: fromMs, unit, state });
      if (toMs !== null) changes.push({ atMs: toMs, unit, state: undefined });
    }
  });
  return changes.sort(
    (a, b) => a.atMs - b.atMs || Number(a.state !== undefined) - Number(b.state !== undefined),
  );
}

function follow(spans: StateSpan[], atMs: number, state: MachineState | undefined): void {
  const last = spans.at(-1);
  if (last !== undefined && last.toMs === null) {
    if (last.state === state) return;
    last.toMs = atMs;
  }
  if (state === undefined) return;
  if (last !== undefined && last.toMs === atMs && last.state === state) {
    last.toMs = null;
    return;
  }
  spans.push({ state, fromMs: atMs, toMs: null });
}

/** What of the spans lies in the window; the last keeps its open end if the window goes beyond it. */
export function clipped(spans: readonly StateSpan[], fromMs: number, toMs: number): StateSpan[] {
  return spans
    .filter((span) => span.fromMs < toMs && (span.toMs === null || span.toMs > fromMs))
    .map((span) => ({
      state: span.state,
      fromMs: Math.max(span.fromMs, fromMs),
      toMs: span.toMs !== null && span.toMs > toMs ? toMs : span.toMs,
    }));
}
