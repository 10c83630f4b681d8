import { isOfMeasures, type CharacteristicDefinition, type ChartType } from "./characteristic.ts";
import {
  dispersionLimits,
  locationLimits,
  type Limits,
  type ProcessLevel,
} from "./control-limits.ts";
import { ewma, ewmaMemory } from "./ewma.ts";
import { nelsonReach, nelsonSignals, type NelsonRule } from "./nelson.ts";
import { dispersionOf, locationOf, type Subgroup } from "./subgroup.ts";

/** What a chart can say of a point: a rule of Nelson, a spread out of control, a value out of specification. */
export type ChartRule = `nelson${NelsonRule}` | "dispersion" | "outOfSpec";

export interface ChartPoint {
  subgroup: Subgroup;
  /** What is plotted; null if it is missing. */
  value: number | null;
  dispersion: number | null;
  /** Absent while the phase has no limits yet. */
  limits: Limits | undefined;
  dispersionLimits: Limits | undefined;
  /** Rules that hold at this point. */
  rules: ChartRule[];
}

/** Where a rule begins to hold: one for each run of points, however long it goes on. */
interface ChartSignal {
  rule: ChartRule;
  /** Index of the point that completes the pattern. */
  index: number;
  /** Index of its first point. */
  fromIndex: number;
}

export interface ControlChart {
  points: ChartPoint[];
  signals: ChartSignal[];
}

type Specification = { lowerSpec: number | null; upperSpec: number | null };

/** So many subgroups before a range make its points come out as if the whole phase had been read. */
export function chartReach({
  chart,
  lambda,
}: Pick<CharacteristicDefinition, "chart" | "lambda">): number {
  return nelsonReach + 1 + (chart === "ewma" ? ewmaMemory(lambda) : 0);
}

/**
 * The chart of consecutive subgroups of one phase.
 *
 * @param specificationAt what was specified when a subgroup was taken
 */
export function controlChart(
  definition: CharacteristicDefinition,
  level: ProcessLevel | undefined,
  subgroups: readonly Subgroup[],
  specificationAt: (atMs: number) => Specification,
): ControlChart {
  const plotted = plot(definition, level, subgroups);
  const points = plotted.map(({ point }) => point);
  const zs = plotted.map(({ z }) => z);
  const found: ChartSignal[] =
    level === undefined
      ? []
      : nelsonSignals(zs, rulesOf(definition)).map(({ rule, ...at }) => ({
          rule: `nelson${rule}`,
          ...at,
        }));
  points.forEach((point, index) => {
    if (isBeyond(point.dispersion, point.dispersionLimits)) {
      found.push({ rule: "dispersion", index, fromIndex: index });
    }
    if (isOutOfSpec(definition.chart, point.subgroup, specificationAt(point.subgroup.atMs))) {
      found.push({ rule: "outOfSpec", index, fromIndex: index });
    }
  });
  for (const { rule, index } of found) points[index]?.rules.push(rule);
  return { points, signals: beginnings(found, points).sort((a, b) => a.index - b.index) };
}

interface Plotted {
  point: ChartPoint;
  /** In standard deviations from the centre. */
  z: number | null;
}

function plot(
  definition: CharacteristicDefinition,
  level: ProcessLevel | undefined,
  subgroups: readonly Subgroup[],
): Plotted[] {
  const { chart, lambda } = definition;
  const locations = subgroups.map((subgroup) => locationOf(chart, subgroup));
  const averages =
    chart === "ewma" && level !== undefined
      ? ewma(locations, { center: level.center, lambda })
      : undefined;
  return subgroups.map((subgroup, index) => {
    const value = locations[index] ?? null;
    const dispersion = dispersionOf(chart, subgroup, subgroups[index - 1]);
    const plain = { subgroup, value, dispersion, rules: [] };
    if (level === undefined) {
      return { point: { ...plain, limits: undefined, dispersionLimits: undefined }, z: null };
    }
    const { sigma, ...limits } = locationLimits(definition, level, subgroup.inspected);
    const average = averages?.[index];
    if (average !== undefined && average !== null) {
      return averaged(
        plain,
        limits.center,
        definition.width * sigma * average.spread,
        average.value,
      );
    }
    return {
      point: { ...plain, limits, dispersionLimits: dispersionLimits(definition, level) },
      z: value === null ? null : inSigmas(value - limits.center, sigma),
    };
  });
}

function averaged(
  plain: Omit<ChartPoint, "limits" | "dispersionLimits">,
  center: number,
  reach: number,
  value: number,
): Plotted {
  const limits = { center, lower: center - reach, upper: center + reach };
  return {
    point: { ...plain, value, limits, dispersionLimits: undefined },
    // Rule 1 asks for three standard deviations: the width of the limits stands for them.
    z: inSigmas((value - center) * 3, reach),
  };
}

/** Where nothing ever varied, every difference is beyond all limits. */
function inSigmas(distance: number, sigma: number): number {
  if (sigma > 0) return distance / sigma;
  return distance === 0 ? 0 : Math.sign(distance) * Number.MAX_VALUE;
}

/** The rules about zones and long runs hold for values that are about normal and independent only. */
function rulesOf({ chart, rules }: CharacteristicDefinition): NelsonRule[] {
  const last = chart === "ewma" ? 1 : isOfMeasures(chart) ? 8 : 4;
  return rules.filter((rule) => rule <= last);
}

function isBeyond(value: number | null, limits: Limits | undefined): boolean {
  if (value === null || limits === undefined) return false;
  const slack = 1e-9 * limits.center;
  return value > limits.upper + slack || value < limits.lower - slack;
}

/** Specifications are for single values, not for means; of counts they are for what is plotted. */
function isOutOfSpec(
  chart: ChartType,
  subgroup: Subgroup,
  { lowerSpec, upperSpec }: Specification,
): boolean {
  const location = locationOf(chart, subgroup);
  if (location === null) return false;
  const values = isOfMeasures(chart) ? (subgroup.values ?? []) : [location];
  return values.some(
    (value) =>
      (lowerSpec !== null && value < lowerSpec) || (upperSpec !== null && value > upperSpec),
  );
}

/** Of a rule that holds at neighbours, the first; each value out of specification is one of its own. */
function beginnings(found: readonly ChartSignal[], points: readonly ChartPoint[]): ChartSignal[] {
  return found.filter(
    ({ rule, index }) => rule === "outOfSpec" || points[index - 1]?.rules.includes(rule) !== true,
  );
}
