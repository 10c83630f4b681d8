import { alarmState } from "./alarmState.ts";
import { andonState } from "./andonState.ts";
import { jobState } from "./jobState.ts";
import { machineState } from "./machineState.ts";
import type { UnsState } from "./unsState.ts";

/** Every state that the broker keeps; docs/events.md is made from this table. */
export const unsStates: readonly UnsState[] = [machineState, jobState, alarmState, andonState];
