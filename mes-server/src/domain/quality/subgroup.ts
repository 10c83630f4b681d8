import { isOfSamples, type ChartType } from "./characteristic.ts";
import { deviationOf, meanOf, rangeOf } from "./statistics.ts";

/** What was measured at once. */
export interface Subgroup {
  id: string;
  atMs: number;
  /** `null`: it was to be taken and could not be measured; this breaks every run. */
  values: readonly number[] | null;
  /** Pieces that were looked at, of the charts u, p and np. */
  inspected: number | null;
}

/** What the chart plots of a subgroup; `null` if it is missing. */
export function locationOf(chart: ChartType, { values, inspected }: Subgroup): number | null {
  const [first] = values ?? [];
  if (values === null || first === undefined) return null;
  if (chart === "u" || chart === "p") {
    return inspected === null || inspected === 0 ? null : first / inspected;
  }
  return isOfSamples(chart) || chart === "c" ? first : meanOf(values);
}

/** How far apart the values lie: what the second chart of a pair plots. */
export function dispersionOf(
  chart: ChartType,
  subgroup: Subgroup,
  before: Subgroup | undefined,
): number | null {
  const { values } = subgroup;
  if (values === null || values.length === 0) return null;
  switch (chart) {
    case "imr":
    case "ewma":
      if (values.length > 1) return rangeOf(values);
      return movingRange(values, before?.values ?? null);
    case "xbarR":
      return rangeOf(values);
    case "xbarS":
      return deviationOf(values);
    case "c":
    case "u":
    case "p":
    case "np":
      return null;
  }
}

/** From one value to the next; a missing one in between leaves none. */
function movingRange(values: readonly number[], before: readonly number[] | null): number | null {
  const [value] = values;
  const [last] = before ?? [];
  return value === undefined || last === undefined ? null : Math.abs(value - last);
}
