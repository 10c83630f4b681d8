import type { MachineState, PackmlState } from "@only-mes/protocols/plant/machine-state";

/** Commands of PackML (ISA-TR88.00.02), and `SC`: an acting state has done what it does. */
export const packmlEvents = [
  "Abort",
  "Stop",
  "Hold",
  "Unhold",
  "Suspend",
  "Unsuspend",
  "Reset",
  "Start",
  "Clear",
  "Complete",
  "SC",
] as const;

type PackmlEvent = (typeof packmlEvents)[number];

type Row = Record<PackmlEvent, PackmlState | "refused">;

const nothing: Row = {
  Abort: "refused",
  Stop: "refused",
  Hold: "refused",
  Unhold: "refused",
  Suspend: "refused",
  Unsuspend: "refused",
  Reset: "refused",
  Start: "refused",
  Clear: "refused",
  Complete: "refused",
  SC: "refused",
};

/** Whatever it does can be aborted, and stopped where it is not stopping or stopped already. */
const abortable = { ...nothing, Abort: "Aborting" } as const satisfies Row;
const stoppable = { ...abortable, Stop: "Stopping" } as const satisfies Row;

/** What each state answers to each command; total. */
export const packmlTransitions: Record<PackmlState, Row> = {
  Aborting: { ...nothing, SC: "Aborted" },
  Aborted: { ...nothing, Clear: "Clearing" },
  Clearing: { ...abortable, SC: "Stopped" },
  Stopping: { ...abortable, SC: "Stopped" },
  Stopped: { ...abortable, Reset: "Resetting" },
  Resetting: { ...stoppable, SC: "Idle" },
  Idle: { ...stoppable, Start: "Starting" },
  Starting: { ...stoppable, SC: "Execute" },
  Execute: {
    ...stoppable,
    Hold: "Holding",
    Suspend: "Suspending",
    Complete: "Completing",
    SC: "Completing",
  },
  Holding: { ...stoppable, SC: "Held" },
  Held: { ...stoppable, Unhold: "Unholding" },
  Unholding: { ...stoppable, SC: "Execute" },
  Suspending: { ...stoppable, SC: "Suspended" },
  Suspended: { ...stoppable, Unsuspend: "Unsuspending" },
  Unsuspending: { ...stoppable, SC: "Execute" },
  Completing: { ...stoppable, SC: "Complete" },
  Complete: { ...stoppable, Reset: "Resetting" },
};

/** States that end by themselves: one may be over before anybody has seen it. */
const acting: ReadonlySet<PackmlState> = new Set([
  "Aborting",
  "Clearing",
  "Stopping",
  "Resetting",
  "Starting",
  "Holding",
  "Unholding",
  "Suspending",
  "Unsuspending",
  "Completing",
]);

/**
 * Whether one state may be seen after another: the standard leads there, over acting states at most.
 * Machines do as they do: nothing is refused for it. After what nobody saw, anything may follow.
 */
export function mayFollow(before: MachineState, after: MachineState): boolean {
  if (before === "Unknown" || after === "Unknown") return true;
  const seen = new Set<PackmlState>();
  const open: PackmlState[] = [before];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const next of Object.values(packmlTransitions[state])) {
      if (next === after) return true;
      if (next === "refused" || seen.has(next) || !acting.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}
