import { isOfMeasures, type CharacteristicDefinition, type LimitSource } from "./characteristic.ts";
import { deviationFactors, rangeFactors } from "./chart-constants.ts";
import { meanOf } from "./statistics.ts";
import { dispersionOf, locationOf, type Subgroup } from "./subgroup.ts";

/** What the limits of every point of a phase follow from. */
export interface ProcessLevel {
  center: number;
  /** Standard deviation of a plotted subgroup; of counts it follows from the centre instead. */
  sigma: number | null;
  /** Mean moving range, range or standard deviation; null for counts. */
  dispersion: number | null;
  /** How many subgroups it was computed from; null if an engineer has set it. */
  subgroups: number | null;
}

export interface Limits {
  center: number;
  lower: number;
  upper: number;
}

type OfChart = Pick<CharacteristicDefinition, "chart" | "subgroupSize" | "limits">;

/**
 * Level of a phase: as set, or computed from its first subgroups. `undefined` while there are too few
 * of them: a chart without limits says nothing yet.
 */
export function processLevel(
  definition: OfChart,
  baseline: readonly Subgroup[],
): ProcessLevel | undefined {
  const { limits } = definition;
  if (limits.from === "fixed") return fixedLevel(definition, limits);
  const used = firstMeasured(definition, baseline, limits.subgroups);
  return used === undefined ? undefined : computedLevel(definition, used, limits.subgroups);
}

function fixedLevel(
  { chart, subgroupSize }: OfChart,
  { center, lower, upper }: Extract<LimitSource, { from: "fixed" }>,
): ProcessLevel {
  if (!isOfMeasures(chart) || lower === undefined || upper === undefined) {
    return { center, sigma: null, dispersion: null, subgroups: null };
  }
  const sigma = (upper - lower) / 6;
  return { center, sigma, dispersion: sigma / sigmaOf(chart, subgroupSize), subgroups: null };
}

/** The first so many that are not missing, and the missing ones between them. */
function firstMeasured(
  { chart }: OfChart,
  subgroups: readonly Subgroup[],
  count: number,
): readonly Subgroup[] | undefined {
  let measured = 0;
  for (const [index, subgroup] of subgroups.entries()) {
    if (locationOf(chart, subgroup) !== null) measured += 1;
    if (measured === count) return subgroups.slice(0, index + 1);
  }
  return undefined;
}

function computedLevel(
  { chart, subgroupSize }: OfChart,
  used: readonly Subgroup[],
  count: number,
): ProcessLevel | undefined {
  const locations = used.map((each) => locationOf(chart, each)).filter((each) => each !== null);
  if (!isOfMeasures(chart)) {
    return { center: centerOfCounts(chart, used), sigma: null, dispersion: null, subgroups: count };
  }
  const dispersions = used
    .map((each, index) => dispersionOf(chart, each, used[index - 1]))
    .filter((each) => each !== null);
  // Single values, each between two missing ones, have no moving range.
  if (dispersions.length === 0) return undefined;
  const dispersion = meanOf(dispersions);
  return {
    center: meanOf(locations),
    sigma: dispersion * sigmaOf(chart, subgroupSize),
    dispersion,
    subgroups: count,
  };
}

/** Pooled over all that was looked at: a large sample weighs more. */
function centerOfCounts(chart: "c" | "u" | "p" | "np", used: readonly Subgroup[]): number {
  const measured = used.filter(({ values }) => values !== null);
  const found = measured.reduce((sum, { values }) => sum + (values?.[0] ?? 0), 0);
  if (chart === "c") return found / measured.length;
  return found / measured.reduce((sum, { inspected }) => sum + (inspected ?? 0), 0);
}

/** Standard deviation of a plotted value in mean dispersions, by the printed factors. */
function sigmaOf(chart: "imr" | "xbarR" | "xbarS" | "ewma", n: number): number {
  if (chart === "xbarS") return deviationFactors(n).a3 / 3;
  return n === 1 ? 1 / rangeFactors(2).d2 : rangeFactors(n).a2 / 3;
}

/** Limits of one plotted point, without those of EWMA's past. Counts are never below zero. */
export function locationLimits(
  { chart }: OfChart,
  { center, sigma }: ProcessLevel,
  inspected: number | null,
): Limits & { sigma: number } {
  const n = inspected ?? 0;
  switch (chart) {
    case "imr":
    case "xbarR":
    case "xbarS":
    case "ewma":
      return around(center, sigma ?? 0);
    case "c":
      return atLeastZero(around(center, Math.sqrt(center)));
    case "u":
      return atLeastZero(around(center, Math.sqrt(center / n)));
    case "p":
      return withinOne(around(center, Math.sqrt((center * (1 - center)) / n)));
    case "np":
      return atLeastZero(around(center * n, Math.sqrt(center * (1 - center) * n)));
  }
}

function around(center: number, sigma: number): Limits & { sigma: number } {
  return { center, lower: center - 3 * sigma, upper: center + 3 * sigma, sigma };
}

function atLeastZero<Of extends Limits>(limits: Of): Of {
  return { ...limits, lower: Math.max(0, limits.lower) };
}

function withinOne<Of extends Limits>(limits: Of): Of {
  return atLeastZero({ ...limits, upper: Math.min(1, limits.upper) });
}

/** Limits of the second chart of a pair; `undefined` where there is none. */
export function dispersionLimits(
  { chart, subgroupSize }: OfChart,
  { dispersion }: ProcessLevel,
): Limits | undefined {
  if (dispersion === null || chart === "ewma") return undefined;
  if (chart === "xbarS") {
    const { b3, b4 } = deviationFactors(subgroupSize);
    return { center: dispersion, lower: b3 * dispersion, upper: b4 * dispersion };
  }
  const { d3, d4 } = rangeFactors(chart === "imr" ? 2 : subgroupSize);
  return { center: dispersion, lower: d3 * dispersion, upper: d4 * dispersion };
}
