import { isOfMeasures, type CharacteristicDefinition } from "./characteristic.ts";
import { deviationSizeMax, rangeSizeMax } from "./chart-constants.ts";

/** Why a definition or a measurement cannot be taken: a code of the API's errors, and the field at fault. */
export interface QualityProblem<Code extends string> {
  code: Code;
  detail: string;
  field: string;
}

type DefinitionProblem = QualityProblem<
  | "characteristic_place_missing"
  | "spec_limits_reversed"
  | "control_limits_reversed"
  | "control_limits_wrong_kind"
  | "subgroup_size_unsuitable"
  | "sampling_unsuitable"
>;

/** The first thing that is wrong with a definition; `undefined` if its chart can be kept. */
export function definitionProblem(
  definition: CharacteristicDefinition,
): DefinitionProblem | undefined {
  if (definition.equipment === null && definition.product === null) {
    return { code: "characteristic_place_missing", detail: "It has neither.", field: "equipment" };
  }
  return (
    specificationProblem(definition) ??
    sizeProblem(definition) ??
    limitProblem(definition) ??
    samplingProblem(definition)
  );
}

function specificationProblem({
  lowerSpec,
  upperSpec,
  target,
}: CharacteristicDefinition): DefinitionProblem | undefined {
  const code = "spec_limits_reversed";
  if (lowerSpec !== null && upperSpec !== null && lowerSpec >= upperSpec) {
    return { code, detail: `${lowerSpec} is not below ${upperSpec}.`, field: "lowerSpec" };
  }
  if (target === null) return undefined;
  if (lowerSpec !== null && target < lowerSpec) {
    return { code, detail: `The target ${target} is below ${lowerSpec}.`, field: "target" };
  }
  if (upperSpec !== null && target > upperSpec) {
    return { code, detail: `The target ${target} is above ${upperSpec}.`, field: "target" };
  }
  return undefined;
}

const sizes: Record<CharacteristicDefinition["chart"], [min: number, max: number]> = {
  imr: [1, 1],
  xbarR: [2, rangeSizeMax],
  xbarS: [2, deviationSizeMax],
  ewma: [1, rangeSizeMax],
  c: [1, 1],
  u: [1, 1],
  p: [1, 1],
  np: [1, 1],
};

function sizeProblem({
  chart,
  subgroupSize,
}: CharacteristicDefinition): DefinitionProblem | undefined {
  const [min, max] = sizes[chart];
  if (subgroupSize >= min && subgroupSize <= max) return undefined;
  const detail = `${chart} takes ${min === max ? min : `${min} to ${max}`}, not ${subgroupSize}.`;
  return { code: "subgroup_size_unsuitable", detail, field: "subgroupSize" };
}

function limitProblem({ chart, limits }: CharacteristicDefinition): DefinitionProblem | undefined {
  if (limits.from === "baseline") return undefined;
  const { center, lower, upper } = limits;
  const wrongKind = (detail: string): DefinitionProblem => ({
    code: "control_limits_wrong_kind",
    detail,
    field: "limits",
  });
  if (!isOfMeasures(chart)) {
    if (lower !== undefined || upper !== undefined) {
      return wrongKind(`Those of ${chart} follow from the centre and the size of each sample.`);
    }
    const isShare = chart === "p" || chart === "np";
    return center < 0 || (isShare && center > 1)
      ? wrongKind(`${center} cannot be the centre of ${chart}.`)
      : undefined;
  }
  if (lower === undefined || upper === undefined) return wrongKind("One of them is missing.");
  const isInMiddle = Math.abs(upper - center - (center - lower)) <= 1e-6 * (upper - lower);
  return lower < center && center < upper && isInMiddle
    ? undefined
    : {
        code: "control_limits_reversed",
        detail: `They are ${lower}, ${center}, ${upper}.`,
        field: "limits",
      };
}

function samplingProblem({
  chart,
  sampling,
  subgroupSize,
}: CharacteristicDefinition): DefinitionProblem | undefined {
  if (sampling.by === "hand") return undefined;
  const code = "sampling_unsuitable";
  const field = "sampling";
  if (!isOfMeasures(chart)) {
    return { code, detail: `A signal does not count for ${chart}.`, field };
  }
  const { everySamples } = sampling;
  return everySamples !== undefined && everySamples < subgroupSize
    ? { code, detail: `${subgroupSize} samples do not fit between every ${everySamples}.`, field }
    : undefined;
}
