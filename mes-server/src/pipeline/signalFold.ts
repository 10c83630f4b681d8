import type { CounterState } from "../domain/production/counterFold.ts";
import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { UnitState } from "../domain/production/stateFold.ts";
import type { FoldSeed, LaneSignal } from "./laneTask.ts";

/** A sample on its way through a lane: a row of table `sample`. */
export interface StagedSample extends SampleKey {
  gatewayTsMs: number;
  quality: number;
  value: number | null;
  text: string | null;
}

/** What a lane keeps of a signal: where its fold stands, and what this batch brings it. */
export interface SignalFold {
  signal: LaneSignal;
  last: SampleKey | undefined;
  counter: CounterState | undefined;
  unit: UnitState | undefined;
  pending: StagedSample[];
}

export function signalFold(signal: LaneSignal, seed: FoldSeed | undefined): SignalFold {
  return {
    signal,
    last: seed?.last,
    counter: seed?.counter,
    unit: seed?.unit,
    pending: [],
  };
}
