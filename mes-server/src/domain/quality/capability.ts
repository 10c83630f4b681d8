import { isOfMeasures, type CharacteristicDefinition } from "./characteristic.ts";
import { processLevel } from "./control-limits.ts";
import { deviationOf, meanOf } from "./statistics.ts";
import type { Subgroup } from "./subgroup.ts";

/** How well a process fits its specification; a figure is null where a side of it is missing. */
export interface Capability {
  values: number;
  mean: number;
  /** Within subgroups, or from one value to the next: R̄/d2, s̄/c4 or MR̄/d2. */
  sigmaWithin: number;
  /** Of all values: what the customer gets. */
  sigmaOverall: number;
  cp: number | null;
  cpk: number | null;
  pp: number | null;
  ppk: number | null;
}

/** Fewer values than this say nothing of a spread. */
const valuesMin = 2;

/** `undefined` for charts of counts, without a specification, or with too few values. */
export function capabilityOf(
  definition: CharacteristicDefinition,
  subgroups: readonly Subgroup[],
): Capability | undefined {
  const { chart, subgroupSize, lowerSpec, upperSpec } = definition;
  if (!isOfMeasures(chart) || (lowerSpec === null && upperSpec === null)) return undefined;
  const measured = subgroups.filter(({ values }) => values !== null);
  const values = measured.flatMap((subgroup) => subgroup.values ?? []);
  if (values.length < valuesMin) return undefined;
  const level = processLevel(
    { chart, subgroupSize, limits: { from: "baseline", subgroups: measured.length } },
    subgroups,
  );
  if (level === undefined || level.sigma === null) return undefined;
  const mean = meanOf(values);
  const sigmaWithin = level.sigma * Math.sqrt(subgroupSize);
  const sigmaOverall = deviationOf(values);
  const [cp, cpk] = indices(mean, sigmaWithin, lowerSpec, upperSpec);
  const [pp, ppk] = indices(mean, sigmaOverall, lowerSpec, upperSpec);
  return { values: values.length, mean, sigmaWithin, sigmaOverall, cp, cpk, pp, ppk };
}

/** Width of the specification, and distance of its nearer side, in spreads of the process. */
export function indices(
  mean: number,
  sigma: number,
  lower: number | null,
  upper: number | null,
): [potential: number | null, actual: number | null] {
  if (sigma === 0) return [null, null];
  const toLower = lower === null ? Infinity : (mean - lower) / (3 * sigma);
  const toUpper = upper === null ? Infinity : (upper - mean) / (3 * sigma);
  const nearer = Math.min(toLower, toUpper);
  return [
    lower === null || upper === null ? null : (upper - lower) / (6 * sigma),
    nearer === Infinity ? null : nearer,
  ];
}
