import type { MachineState, StateLook } from "@only-mes/protocols/plant/machine-state";
import { lookOfState } from "@only-mes/protocols/plant/machine-state";

/** The state of a stale line or unit is its last known one: what it does now, nobody knows. */
export function shownLook(shown: { state: MachineState; stale: boolean }): StateLook {
  return shown.stale ? "unknown" : lookOfState[shown.state];
}
