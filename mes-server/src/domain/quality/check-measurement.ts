import { isOfMeasures, isOfSamples, type CharacteristicDefinition } from "./characteristic.ts";
import type { QualityProblem } from "./check-definition.ts";

type MeasurementProblem = QualityProblem<
  | "subgroup_size_wrong"
  | "value_not_finite"
  | "count_not_whole"
  | "inspected_missing"
  | "inspected_not_taken"
  | "more_found_than_inspected"
>;

/** Beyond it, squares of values no longer fit into a floating point number. */
const valueMax = 1e100;
const number = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

export interface GivenMeasurement {
  values: readonly (number | string)[] | null;
  inspected?: number | undefined;
}

/** The values as numbers, or the first thing that is wrong with them. */
export function measuredValues(
  { chart, subgroupSize }: CharacteristicDefinition,
  { values, inspected }: GivenMeasurement,
): { values: number[] | null } | { problem: MeasurementProblem } {
  const inspectedProblem = checkInspected(chart, values, inspected);
  if (inspectedProblem !== undefined) return { problem: inspectedProblem };
  if (values === null) return { values };
  if (values.length !== subgroupSize) {
    const detail = `It has ${values.length}, the subgroup ${subgroupSize}.`;
    return { problem: { code: "subgroup_size_wrong", detail, field: "values" } };
  }
  const numbers = values.map(numberOf);
  const wrong = numbers.findIndex((value) => !(Math.abs(value) <= valueMax));
  if (wrong >= 0) {
    const detail = `"${String(values[wrong]).slice(0, 40)}" is none.`;
    return { problem: { code: "value_not_finite", detail, field: `values.${wrong}` } };
  }
  const problem = isOfMeasures(chart) ? undefined : checkCount(chart, numbers[0] ?? 0, inspected);
  return problem === undefined ? { values: numbers } : { problem };
}

function numberOf(value: number | string): number {
  if (typeof value === "number") return value;
  const text = value.trim();
  return number.test(text) ? Number(text) : Number.NaN;
}

function checkInspected(
  chart: CharacteristicDefinition["chart"],
  values: GivenMeasurement["values"],
  inspected: number | undefined,
): MeasurementProblem | undefined {
  if (isOfSamples(chart)) {
    return inspected === undefined && values !== null
      ? { code: "inspected_missing", detail: `The chart is ${chart}.`, field: "inspected" }
      : undefined;
  }
  return inspected === undefined
    ? undefined
    : { code: "inspected_not_taken", detail: `The chart is ${chart}.`, field: "inspected" };
}

function checkCount(
  chart: CharacteristicDefinition["chart"],
  found: number,
  inspected: number | undefined,
): MeasurementProblem | undefined {
  if (!Number.isSafeInteger(found) || found < 0) {
    return { code: "count_not_whole", detail: `${found} is none.`, field: "values.0" };
  }
  const isOfPieces = chart === "p" || chart === "np";
  return isOfPieces && inspected !== undefined && found > inspected
    ? {
        code: "more_found_than_inspected",
        detail: `${found} of ${inspected}.`,
        field: "values.0",
      }
    : undefined;
}
