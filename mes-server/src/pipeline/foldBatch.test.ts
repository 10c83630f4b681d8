import { signalDefinition, counterRoles } from "@only-mes/protocols/plant/signal";
import { expect, it } from "vitest";
import { foldOutcome, foldPending } from "./foldBatch.ts";
import { laneSignal } from "./laneSignal.ts";
import { signalFold, type StagedSample } from "./signalFold.ts";

function sample(tsMs: number, value: number): StagedSample {
  const key = { tsMs, epoch: 1, sequence: tsMs, ordinal: 0 };
  return { ...key, gatewayTsMs: tsMs, quality: 192, value, text: null };
}

it.each(counterRoles)("a counter of role %s is folded as what it counts", (role) => {
  const definition = signalDefinition.parse({
    line: { id: "l", name: "L", enterprise: "e", site: "s", area: "a" },
    unit: { id: "u", name: "U", position: 0 },
    name: "count",
    role,
    periodMs: 1_000,
    heartbeatMs: 10_000,
  });
  const fold = signalFold(
    laneSignal({ key: 1, id: "l.u.count", datatype: 7, definition }, true),
    undefined,
  );
  fold.pending.push(sample(0, 100), sample(1_000, 103), sample(2_000, 103));
  const out = foldOutcome();
  foldPending(fold, out);
  expect(out.countChanges).toEqual([{ unit: "l.u", role, atMs: 1_000, kind: "step", delta: 3 }]);
  expect(out.counts.finish()?.rows).toBe(1);
});
