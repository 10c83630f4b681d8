import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { FoldResult } from "../pipeline/laneTask.ts";
import type { CommitListener, Committed, RecalculatedWindow } from "./committed.ts";
import type { Reached } from "./crashPoints.ts";
import type { Measures } from "./measures.ts";

/** Counts what was committed, and tells the live side. */
export interface CommitPublisher {
  folded(result: FoldResult): void;
  recalculated(windows: RecalculatedWindow[]): void;
}

export function publishCommits({
  listener,
  clock,
  measures,
  reached,
}: {
  listener: CommitListener;
  clock: PlantClock;
  measures: Measures;
  reached: Reached;
}): CommitPublisher {
  const tell = (changes: Partial<Committed>): void => {
    listener.onCommitted({
      committedAtMs: clock.now(),
      latest: [],
      counts: [],
      states: [],
      recalculated: [],
      ...changes,
    });
  };
  return {
    folded(result) {
      measures.batches.inc();
      measures.samples.inc(result.samples?.rows ?? 0);
      measures.rollovers.inc(result.rollovers);
      measures.resets.inc(result.resets);
      measures.quarantined.inc(result.quarantined);
      if (result.newestGatewayTsMs > 0) {
        const plantMs = Math.max(0, clock.now() - result.newestGatewayTsMs);
        measures.latencySeconds.observe(clock.realDelayMs(plantMs) / 1000);
      }
      reached("live-emit");
      const { latest, countChanges: counts, stateChanges: states } = result;
      tell({ latest, counts, states });
    },
    recalculated: (windows) => tell({ recalculated: windows }),
  };
}
