/**
 * The seventeen machine states of PackML (ISA-TR88.00.02), and what the product adds to them:
 * `Unknown`, the state of a machine that nobody observed (its PLC or its gateway was out of reach).
 */
export const packmlStates = [
  "Clearing",
  "Stopped",
  "Starting",
  "Idle",
  "Suspended",
  "Execute",
  "Stopping",
  "Aborting",
  "Aborted",
  "Holding",
  "Held",
  "Unholding",
  "Suspending",
  "Unsuspending",
  "Resetting",
  "Completing",
  "Complete",
] as const;

export type PackmlState = (typeof packmlStates)[number];

export const machineStates = [...packmlStates, "Unknown"] as const;

export type MachineState = (typeof machineStates)[number];

/** What a state means for a person at three metres: the four looks of a machine. */
export type StateLook = "running" | "waiting" | "stopped" | "unknown";

/**
 * The look of every state. `Suspended` waits for others (starved or blocked); `Held` and `Aborted`
 * wait for a person; the acting states are shown as the state that they lead out of or into.
 */
export const lookOfState: Record<MachineState, StateLook> = {
  Clearing: "stopped",
  Stopped: "stopped",
  Starting: "waiting",
  Idle: "waiting",
  Suspended: "waiting",
  Execute: "running",
  Stopping: "stopped",
  Aborting: "stopped",
  Aborted: "stopped",
  Holding: "stopped",
  Held: "stopped",
  Unholding: "waiting",
  Suspending: "waiting",
  Unsuspending: "waiting",
  Resetting: "waiting",
  Completing: "running",
  Complete: "waiting",
  Unknown: "unknown",
};
