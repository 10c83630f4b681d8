import type { MachineState, PackmlState } from "@only-mes/protocols/plant/machine-state";

/** A unit's state since when. */
interface StateSpan {
  state: MachineState;
  sinceMs: number;
}

export interface UnitState extends StateSpan {
  /** What held until `sinceMs`: needed while another sample of that very time may still come. */
  before?: StateSpan;
}

/**
 * `opened`: a new interval, the one before ends at its begin. `replaced`: the interval that begins
 * at this time has another state. `rejoined`: that interval is gone, the one before goes on.
 */
type StateChangeKind = "none" | "opened" | "replaced" | "rejoined";

export interface StateAdvance {
  next: UnitState;
  change: StateChangeKind;
}

/** [SF3] and [SF4]; samples come in fold order. */
export function advanceState(
  current: UnitState | undefined,
  state: MachineState,
  atMs: number,
): StateAdvance {
  if (current === undefined) return { next: { state, sinceMs: atMs }, change: "opened" };
  if (current.state === state) return { next: current, change: "none" };
  if (atMs > current.sinceMs) {
    const before = { state: current.state, sinceMs: current.sinceMs };
    return { next: { state, sinceMs: atMs, before }, change: "opened" };
  }
  const { before } = current;
  if (before?.state === state) return { next: before, change: "rejoined" };
  return { next: { ...current, state }, change: "replaced" };
}

/** [SF1] and [SF2]: `undefined` for a code that the definition does not name. */
export function stateOfCode(
  code: number,
  states: Readonly<Record<string, PackmlState>>,
): PackmlState | undefined {
  return Object.hasOwn(states, String(code)) ? states[String(code)] : undefined;
}
