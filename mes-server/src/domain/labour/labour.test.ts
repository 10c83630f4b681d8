import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldLabour, type LabourFact, type LabourPlant } from "./fold-labour.ts";
import { labourSums, labourTimes } from "./labour-time.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;
const nowMs = 100 * hourMs;
const shifts = Array.from({ length: 20 }, (_, index) => ({
  id: `shift ${index}`,
  startMs: index * 8 * hourMs,
  endMs: (index + 1) * 8 * hourMs,
}));

const plant: LabourPlant = {
  ruleAt: (equipment) => ({
    severalPlaces: equipment.startsWith("shared"),
    toleranceMs: 30 * minuteMs,
  }),
  shiftsOf: () => shifts,
};

let ids = 0;
const on = (
  hours: number,
  equipment: string,
  role = "operator",
  person = "badge:1",
): LabourFact => ({
  id: `fact-${(ids += 1)}`,
  person,
  kind: "on",
  equipment,
  role,
  atMs: hours * hourMs,
});
const off = (hours: number, equipment: string | null = null): LabourFact => ({
  ...on(hours, "", ""),
  kind: "off",
  equipment,
  role: null,
});
const fold = (...facts: LabourFact[]) =>
  foldLabour(facts, plant, nowMs).map(({ equipment, fromMs, toMs, endedBy }) => [
    equipment,
    fromMs / hourMs,
    toMs === null ? null : toMs / hourMs,
    endedBy,
  ]);

describe("who was where", () => {
  it("lasts from sign-on to sign-off", () => {
    expect(fold(on(1, "a"), off(3, "a"))).toEqual([["a", 1, 3, "signOff"]]);
    expect(fold(on(1, "a.press"), off(3, "a"))).toEqual([["a.press", 1, 3, "signOff"]]);
    expect(fold(on(1, "a"), off(3, "b"), off(4))).toEqual([["a", 1, 4, "signOff"]]);
  });

  it("is one place at a time, unless both lines take several", () => {
    expect(fold(on(1, "a"), on(2, "b"), off(3))).toEqual([
      ["a", 1, 2, "signOn"],
      ["b", 2, 3, "signOff"],
    ]);
    expect(fold(on(1, "shared-1"), on(2, "shared-2"), off(3))).toEqual([
      ["shared-1", 1, 3, "signOff"],
      ["shared-2", 2, 3, "signOff"],
    ]);
    expect(fold(on(1, "shared-1"), on(2, "b"), off(3))[0]).toEqual(["shared-1", 1, 2, "signOn"]);
  });

  it("ends with the shift and its tolerance if nobody signs off", () => {
    expect(fold(on(1, "a"))).toEqual([["a", 1, 8.5, "shiftEnd"]]);
    expect(fold(on(1, "a"), off(8.4))).toEqual([["a", 1, 8.4, "signOff"]]);
    expect(fold(on(1, "a"), off(9))).toEqual([["a", 1, 8.5, "shiftEnd"]]);
  });

  it("counts whoever comes just before a shift to that shift", () => {
    expect(fold(on(7.75, "a"))).toEqual([["a", 7.75, 16.5, "shiftEnd"]]);
  });

  it("lasts while its shift does", () => {
    expect(fold(on(97, "a"))).toEqual([["a", 97, null, null]]);
  });

  it("is the same however facts come, and one place at a time never overlaps", () => {
    const fact = fc
      .tuple(
        fc.integer({ min: 0, max: 90 }),
        fc.constantFrom("a", "b", "a.press"),
        fc.boolean(),
        fc.constantFrom("p:1", "p:2"),
      )
      .map(([hours, equipment, isOn, person]): LabourFact => ({
        ...(isOn ? on(hours, equipment) : off(hours, equipment)),
        person,
      }));
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 25 }), fc.integer(), (facts, seed) => {
        const shuffled = facts.toSorted((a, b) => ((a.atMs ^ seed) % 7) - ((b.atMs ^ seed) % 7));
        const intervals = foldLabour(facts, plant, nowMs);
        expect(foldLabour(shuffled, plant, nowMs)).toEqual(intervals);
        for (const person of ["p:1", "p:2"]) {
          const own = intervals.filter((each) => each.person === person);
          own.slice(1).forEach((each, index) => {
            expect(each.fromMs).toBeGreaterThanOrEqual(own[index]?.toMs ?? Infinity);
          });
        }
      }),
      { seed: 9, numRuns: 200 },
    );
  });
});

describe("labour time", () => {
  it("is cut at shifts and jobs, and is all there", () => {
    const intervals = foldLabour([on(6, "a"), on(8.25, "a"), off(10)], plant, nowMs);
    const jobs = [
      { job: "job-1", fromMs: 7 * hourMs, toMs: 9 * hourMs },
      { job: "job-2", fromMs: 8 * hourMs, toMs: null },
    ];
    const times = labourTimes(intervals, { fromMs: 0, toMs: nowMs, shifts, jobs });
    expect(times.reduce((sum, { ms }) => sum + ms, 0)).toBe(4 * hourMs);
    expect(labourSums(times, ({ job }) => job)).toEqual([
      { key: null, persons: 1, ms: hourMs, jobMs: 0 },
      { key: "job-1", persons: 1, ms: 1.5 * hourMs, jobMs: 1.5 * hourMs },
      { key: "job-2", persons: 1, ms: 1.5 * hourMs, jobMs: 1.5 * hourMs },
    ]);
    expect(labourSums(times, ({ shift }) => shift)).toEqual([
      { key: "shift 0", persons: 1, ms: 2 * hourMs, jobMs: hourMs },
      { key: "shift 1", persons: 1, ms: 2 * hourMs, jobMs: 2 * hourMs },
    ]);
  });

  it("adds up to the time signed on, whatever runs at once", () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 1, max: 40_000 }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), span, (spans, [fromMs, lengthMs]) => {
        const jobs = spans.map(([from, length], index) => ({
          job: `j${index}`,
          fromMs: from,
          toMs: from + length,
        }));
        const interval = {
          person: "p",
          equipment: "a",
          role: "",
          fromMs,
          toMs: fromMs + lengthMs,
          endedBy: null,
        };
        const times = labourTimes([interval], { fromMs: 0, toMs: 1_000_000, shifts, jobs });
        expect(times.reduce((sum, { ms }) => sum + ms, 0)).toBe(lengthMs);
      }),
      { seed: 10, numRuns: 200 },
    );
  });
});
