import { alarmState } from "./alarmState.ts";
import { andonState } from "./andonState.ts";
import { jobState } from "./jobState.ts";
import { kpiState } from "./kpiState.ts";
import { lineState, type LinePictures } from "./lineState.ts";
import { machineState } from "./machineState.ts";
import type { UnsState } from "./unsState.ts";

/** Every state that the broker keeps; docs/events.md is made from this table. */
export function unsStates(pictures: LinePictures): readonly UnsState[] {
  return [machineState, lineState(pictures), jobState, alarmState, andonState, kpiState];
}
