import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultKinds, planFaults } from "./plan.ts";

describe("a plan of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(planFaults(1, 60_000, faultKinds)).toEqual(planFaults(1, 60_000, faultKinds));
    expect(planFaults(1, 60_000, faultKinds)).not.toEqual(planFaults(2, 60_000, faultKinds));
  });

  it("is empty without kinds", () => {
    expect(planFaults(1, 60_000, [])).toEqual([]);
  });

  it("has every kind, in order of time, spread over the run but for its last tenth", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0 }),
        fc.integer({ min: 10_000, max: 3_600_000 }),
        fc.subarray([...faultKinds], { minLength: 1 }),
        (seed, durationMs, kinds) => {
          const plan = planFaults(seed, durationMs, kinds);
          expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(kinds));
          const times = plan.map(({ atMs }) => atMs);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(times.at(-1)).toBeLessThanOrEqual(durationMs * 0.9);
          const halves = times.filter((atMs) => atMs < durationMs * 0.475).length;
          expect(Math.abs(halves - plan.length / 2)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
