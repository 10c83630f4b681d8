import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { StateSpan } from "../lines/line-states.ts";
import type { TimeRange } from "./stop.ts";

/** Whether equipment in this state produces. `Completing` finishes what it began: it still does. */
export const productionOfState: Record<MachineState, "produces" | "stands" | "unobserved"> = {
  Clearing: "stands",
  Stopped: "stands",
  Starting: "stands",
  Idle: "stands",
  Suspended: "stands",
  Execute: "produces",
  Stopping: "stands",
  Aborting: "stands",
  Aborted: "stands",
  Holding: "stands",
  Held: "stands",
  Unholding: "stands",
  Suspending: "stands",
  Unsuspending: "stands",
  Resetting: "stands",
  Completing: "produces",
  Complete: "stands",
  Unknown: "unobserved",
};

export const producingStates = Object.entries(productionOfState)
  .filter(([, production]) => production === "produces")
  .map(([state]) => state);

/** A longest time in which equipment did not produce, or nobody saw whether it did. */
export interface Standstill extends TimeRange {
  isObserved: boolean;
  /** The state that it began with. */
  state: MachineState;
}

/** [ST1] and [ST2]; spans of one equipment in order of time. */
export function standstills(spans: readonly StateSpan[]): Standstill[] {
  const found: Standstill[] = [];
  for (const { state, fromMs, toMs } of spans) {
    const production = productionOfState[state];
    if (production === "produces" || (toMs !== null && toMs <= fromMs)) continue;
    const isObserved = production === "stands";
    const last = found.at(-1);
    if (last !== undefined && last.toMs === fromMs && last.isObserved === isObserved) {
      last.toMs = toMs;
    } else found.push({ fromMs, toMs, isObserved, state });
  }
  return found;
}
