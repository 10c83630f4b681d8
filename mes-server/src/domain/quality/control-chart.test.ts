import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capabilityOf, indices } from "./capability.ts";
import type { CharacteristicDefinition } from "./characteristic.ts";
import { c4 } from "./chart-constants.ts";
import { chartReach, controlChart } from "./control-chart.ts";
import { dispersionLimits, locationLimits, processLevel } from "./control-limits.ts";
import { ewma } from "./ewma.ts";
import { nelsonRules } from "./nelson.ts";
import type { Subgroup } from "./subgroup.ts";

const plain: CharacteristicDefinition = {
  name: "width",
  equipment: "line-1.press",
  product: null,
  engineeringUnit: "mm",
  target: null,
  lowerSpec: null,
  upperSpec: null,
  chart: "imr",
  subgroupSize: 1,
  sampling: { by: "hand" },
  limits: { from: "baseline", subgroups: 10 },
  rules: nelsonRules,
  lambda: 0.2,
  width: 3,
  phase: "",
  isRetired: false,
};

function subgroups(
  rows: readonly (number | readonly number[] | null)[],
  inspected?: readonly number[],
) {
  return rows.map((row, index): Subgroup => ({
    id: String(index),
    atMs: index * 1000,
    values: typeof row === "number" ? [row] : row,
    inspected: inspected?.[index] ?? null,
  }));
}

function chartOf(changes: Partial<CharacteristicDefinition>, rows: Subgroup[]) {
  const definition = { ...plain, ...changes };
  return controlChart(definition, processLevel(definition, rows), rows, () => definition);
}

const pmc322 = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];

describe("an I-MR chart", () => {
  it("has the limits of NIST's handbook, pmc322", () => {
    const level = processLevel(plain, subgroups(pmc322));
    expect(level?.center).toBeCloseTo(50.81, 10);
    expect(level?.dispersion).toBeCloseTo(1.8778, 4);
    const [first] = chartOf({}, subgroups(pmc322)).points;
    expect(first?.limits?.upper).toBeCloseTo(55.8041, 4);
    expect(first?.limits?.lower).toBeCloseTo(45.8159, 4);
    expect(first?.dispersionLimits?.upper).toBeCloseTo(3.267 * 1.8778, 3);
  });

  it("has no limits, and no signals, until its baseline is full", () => {
    const { points, signals } = chartOf({}, subgroups(pmc322.slice(0, 9)));
    expect(points.every(({ limits }) => limits === undefined)).toBe(true);
    expect(signals).toEqual([]);
  });

  it("has no moving range beside a missing value, which breaks runs too", () => {
    const limits = { from: "baseline", subgroups: 4 } as const;
    const { points } = chartOf({ limits }, subgroups([1, 2, null, 9, 8]));
    expect(points.map(({ dispersion }) => dispersion)).toEqual([null, 1, null, null, 1]);
    expect(points[2]).toMatchObject({ value: null, rules: [] });
  });

  it("tells where a run begins to be one, once, and marks all its points", () => {
    const limits = { from: "fixed", center: 0, lower: -3, upper: 3 } as const;
    const rules = [2] as const;
    const { points, signals } = chartOf(
      { limits, rules },
      subgroups(Array.from({ length: 12 }, (_, k) => (k % 2 === 0 ? 0.5 : 0.6))),
    );
    expect(signals).toEqual([{ rule: "nelson2", index: 8, fromIndex: 0 }]);
    expect(points.filter(({ rules: held }) => held.length > 0)).toHaveLength(4);
  });
});

describe("charts of subgroups", () => {
  // Montgomery, hard-bake process: 25 samples of five wafers.
  const hardBake = { center: 1.5056, sigma: null, dispersion: 0.32521, subgroups: 25 };

  it("x̄/R has Montgomery's limits of the hard-bake process", () => {
    const definition = { ...plain, chart: "xbarR", subgroupSize: 5 } as const;
    const level = { ...hardBake, sigma: (0.577 * hardBake.dispersion) / 3 };
    const limits = locationLimits(definition, level, null);
    expect(limits.upper).toBeCloseTo(1.69325, 4);
    expect(limits.lower).toBeCloseTo(1.31795, 4);
    expect(dispersionLimits(definition, level)).toMatchObject({ lower: 0 });
    expect(dispersionLimits(definition, level)?.upper).toBeCloseTo(0.68749, 4);
  });

  it("computes them from the subgroups", () => {
    const rows = subgroups([
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 8],
    ]);
    const limits = { from: "baseline", subgroups: 3 } as const;
    const ofRanges = processLevel({ chart: "xbarR", subgroupSize: 3, limits }, rows);
    expect(ofRanges).toMatchObject({ center: 10 / 3, dispersion: 3 });
    expect(3 * (ofRanges?.sigma ?? 0)).toBeCloseTo(1.023 * 3, 10);
    const ofDeviations = processLevel({ chart: "xbarS", subgroupSize: 3, limits }, rows);
    expect(ofDeviations?.dispersion).toBeCloseTo((1 + 1 + Math.sqrt(7)) / 3, 10);
    expect(3 * (ofDeviations?.sigma ?? 0)).toBeCloseTo(1.954 * (ofDeviations?.dispersion ?? 0), 2);
  });

  it.each([
    [2, 0.7979],
    [3, 0.8862],
    [5, 0.94],
    [10, 0.9727],
    [25, 0.9896],
  ])("c4 of %i is %f", (n, expected) => {
    expect(c4(n)).toBeCloseTo(expected, 4);
  });
});

describe("an EWMA chart", () => {
  it("has the values and limits of NIST's handbook, pmc324", () => {
    const xs = [
      52, 47, 53, 49.3, 50.1, 47, 51, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6,
      52.4, 53.6, 52.1,
    ];
    const points = ewma(xs, { center: 50, lambda: 0.3 });
    expect(points.map((point) => Number(point?.value.toFixed(2)))).toEqual([
      50.6, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52,
      50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
    ]);
    const spread = points.at(-1)?.spread ?? 0;
    expect(50 + 3 * spread * 2.0539).toBeCloseTo(52.5884, 2);
  });

  it("has Montgomery's limits, wider from point to point (λ 0.1, L 2.7, μ 10, σ 1)", () => {
    const limits = { from: "fixed", center: 10, lower: 7, upper: 13 } as const;
    const rows = subgroups([9.45, 7.99, 9.29, 11.66, 12.16]);
    const { points } = chartOf({ chart: "ewma", lambda: 0.1, width: 2.7, limits }, rows);
    [9.945, 9.7495, 9.70355, 9.8992, 10.1253].forEach((expected, index) =>
      expect(points[index]?.value).toBeCloseTo(expected, 4),
    );
    expect(points[0]?.limits?.upper).toBeCloseTo(10.27, 6);
    expect(points[1]?.limits?.lower).toBeCloseTo(10 - 0.36326, 4);
  });

  it("signals beyond its own limits", () => {
    const limits = { from: "fixed", center: 0, lower: -3, upper: 3 } as const;
    const { signals } = chartOf(
      { chart: "ewma", limits },
      subgroups(Array.from({ length: 20 }, () => 1.5)),
    );
    expect(signals).toEqual([
      { rule: "nelson1", index: expect.any(Number), fromIndex: expect.any(Number) },
    ]);
  });
});

describe("charts of counts", () => {
  it("c has Montgomery's limits of 516 defects in 26 boards", () => {
    const limits = locationLimits(
      { ...plain, chart: "c" },
      { center: 516 / 26, sigma: null, dispersion: null, subgroups: 26 },
      null,
    );
    expect(limits.center).toBeCloseTo(19.85, 2);
    expect(limits.upper).toBeCloseTo(33.21, 1);
    expect(limits.lower).toBeCloseTo(6.48, 1);
  });

  it("p has Montgomery's limits of the orange juice cans, and follows the size of each sample", () => {
    const level = { center: 0.2313, sigma: null, dispersion: null, subgroups: 30 };
    const limits = locationLimits({ ...plain, chart: "p" }, level, 50);
    expect(limits.upper).toBeCloseTo(0.4102, 4);
    expect(limits.lower).toBeCloseTo(0.0524, 4);
    expect(locationLimits({ ...plain, chart: "p" }, level, 200).upper).toBeLessThan(limits.upper);
    expect(locationLimits({ ...plain, chart: "p" }, level, 5).lower).toBe(0);
    const np = locationLimits({ ...plain, chart: "np" }, level, 50);
    expect(np.upper).toBeCloseTo(50 * limits.upper, 9);
  });

  it("pools what was looked at: the mean of the ratios would be another", () => {
    const rows = subgroups([1, 9], [10, 30]);
    const limits = { from: "baseline", subgroups: 2 } as const;
    expect(processLevel({ ...plain, chart: "p", limits }, rows)?.center).toBe(0.25);
    expect(processLevel({ ...plain, chart: "u", limits }, rows)?.center).toBe(0.25);
  });
});

describe("capability", () => {
  it("is NIST's: mean 16 and deviation 2 between 8 and 20 are Cp 1.0 and Cpk 0.6667", () => {
    const [cp, cpk] = indices(16, 2, 8, 20);
    expect(cp).toBe(1);
    expect(cpk).toBeCloseTo(0.6667, 4);
    expect(indices(16, 2, null, 20)).toEqual([null, cpk]);
    expect(indices(16, 0, 8, 20)).toEqual([null, null]);
  });

  it("tells what lies within subgroups from what customers get", () => {
    const specified = { ...plain, lowerSpec: 45, upperSpec: 57 };
    const capability = capabilityOf(specified, subgroups(pmc322));
    expect(capability?.sigmaWithin).toBeCloseTo(1.8778 / 1.128, 4);
    expect(capability?.sigmaOverall).toBeCloseTo(Math.sqrt(37.229 / 9), 10);
    expect(capability?.cp).toBeCloseTo(12 / (6 * (1.8778 / 1.128)), 3);
    expect(capabilityOf(plain, subgroups(pmc322))).toBeUndefined();
  });

  it("marks values out of specification, each of them, though the mean is within", () => {
    const rows = subgroups([
      [1, 5],
      [2, 4],
      [1, 5],
    ]);
    const { signals } = chartOf({ chart: "xbarR", subgroupSize: 2, lowerSpec: 2 }, rows);
    expect(signals.map(({ rule, index }) => [rule, index])).toEqual([
      ["outOfSpec", 0],
      ["outOfSpec", 2],
    ]);
  });
});

describe("any chart of measures", () => {
  const value = fc.integer({ min: -1000, max: 1000 });
  const series = fc.array(fc.option(value, { freq: 8 }), { minLength: 12, maxLength: 60 });

  it("says the same in other units and from another zero", () => {
    fc.assert(
      fc.property(
        series,
        fc.constantFrom(0.25, 2, 1024),
        fc.constantFrom(-4096, 0, 512),
        (xs, scale, shift) => {
          const moved = xs.map((x) => (x === null ? null : x * scale + shift));
          for (const chart of ["imr", "ewma"] as const) {
            const rulesOf = (rows: (number | null)[]) =>
              chartOf({ chart }, subgroups(rows)).signals;
            expect(rulesOf(moved)).toEqual(rulesOf(xs));
          }
        },
      ),
      { seed: 6, numRuns: 200 },
    );
  });

  it("says the same of a range, read with what lies before it, as of the whole phase", () => {
    const limits = { from: "fixed", center: 0, lower: -600, upper: 600 } as const;
    const xs = fc.array(fc.option(value, { freq: 12 }), { minLength: 80, maxLength: 120 });
    fc.assert(
      fc.property(xs, fc.constantFrom("imr" as const, "ewma" as const), (numbers, chart) => {
        const definition = { ...plain, chart, limits, lambda: 0.6 };
        const rows = subgroups(numbers);
        const from = chartReach(definition) + 5;
        const cut = rows.slice(from - chartReach(definition));
        const level = processLevel(definition, []);
        const whole = controlChart(definition, level, rows, () => definition);
        const part = controlChart(definition, level, cut, () => definition);
        const idsOf = ({ points, signals }: typeof whole) =>
          signals.map(({ rule, index }) => `${rule} ${points[index]?.subgroup.id}`);
        const isInside = (text: string) => Number(text.split(" ")[1]) >= from;
        expect(idsOf(part).filter(isInside)).toEqual(idsOf(whole).filter(isInside));
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});
