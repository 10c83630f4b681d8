import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nelsonRules, nelsonSignals, type NelsonRule } from "./nelson.ts";

const at = (zs: (number | null)[], rule: NelsonRule): number[] =>
  nelsonSignals(zs, [rule]).map(({ index }) => index);
const times = (count: number, ...zs: number[]): number[] =>
  Array.from({ length: count }, () => zs).flat();

describe("Nelson's rules", () => {
  it.each<[NelsonRule, number[], number[]]>([
    [1, [0, 3, -3, 3.01], [3]],
    [2, times(9, 0.2), [8]],
    [3, [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5], [5]],
    [4, times(7, -0.5, 0.5), [13]],
    [5, [2.1, 0, 2.1], [2]],
    [5, [2.1, 2.2], [1]],
    [6, [1.1, 1.1, 0, 1.1, 1.1], [4]],
    [7, times(15, 0.9), [14]],
    [8, times(4, 1.1, -1.1), [7]],
  ])("rule %i of %j signals at %j", (rule, zs, indexes) => {
    expect(at(zs, rule)).toEqual(indexes);
  });

  it.each<[NelsonRule, number[]]>([
    [1, [3, -3]],
    [2, [...times(8, 0.2), 0, ...times(8, 0.2)]],
    [3, [1, 2, 3, 3, 4, 5]],
    [4, times(6, -0.5, 0.5)],
    [5, [2.1, 0, 0, 2.1]],
    [5, [2.1, -2.1, 0.1]],
    [5, [2, 2]],
    [6, [1.1, 1.1, 0, 0, 1.1]],
    [7, [...times(14, 0.1), 1]],
    [8, [...times(3, 1.1, -1.1), 1.1, 0.9]],
    [8, times(8, 1.1)],
  ])("rule %i does not hold in %j", (rule, zs) => {
    expect(at(zs, rule)).toEqual([]);
  });

  it.each<[NelsonRule, number[]]>([
    [2, times(9, 0.2)],
    [3, [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5]],
    [4, times(7, -0.5, 0.5)],
    [5, [2.1, 2.1]],
    [6, times(4, 1.1)],
    [7, times(15, 0.1)],
    [8, times(4, 1.1, -1.1)],
  ])("rule %i: a missing value anywhere inside breaks the run", (rule, zs) => {
    for (let gap = 1; gap < zs.length; gap += 1) {
      expect(at([...zs.slice(0, gap), null, ...zs.slice(gap)], rule)).toEqual([]);
    }
    expect(at([null, ...zs], rule)).toEqual([zs.length]);
  });

  it("say the same of a process seen in a mirror", () => {
    const zs = fc.array(fc.option(fc.double({ min: -4, max: 4, noNaN: true })), { maxLength: 40 });
    fc.assert(
      fc.property(zs, (points) => {
        const mirrored = points.map((z) => (z === null ? null : -z));
        // In a run that alternates, up first and down first are the same.
        expect(nelsonSignals(mirrored)).toEqual(nelsonSignals(points));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("look back no further than their windows: a beginning that is cut off changes nothing after", () => {
    const zs = fc.array(fc.constantFrom(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, null), {
      minLength: 15,
      maxLength: 60,
    });
    fc.assert(
      fc.property(zs, fc.nat(40), (points, cut) => {
        const late = nelsonSignals(points.slice(cut)).filter(({ index }) => index >= 14);
        const all = nelsonSignals(points).filter(({ index }) => index >= cut + 14);
        expect(late.map(({ rule, index }) => [rule, index + cut])).toEqual(
          all.map(({ rule, index }) => [rule, index]),
        );
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("are checked one by one", () => {
    expect(nelsonSignals(times(20, 5), [2]).every(({ rule }) => rule === 2)).toBe(true);
    expect(new Set(nelsonSignals(times(20, 5)).map(({ rule }) => rule))).toEqual(
      new Set([1, 2, 5, 6]),
    );
    expect(nelsonRules).toHaveLength(8);
  });
});
