import type { Finding } from "../yaml/explain-issue.ts";
import { compileExpression, ExpressionError } from "./expression.ts";
import type { DerivedTag, Device, Tag } from "./schema.ts";

type Path = readonly PropertyKey[];

/** The expression of a derived tag, and its inputs: tags of the same device that are numbers. */
export function checkDerived(device: Device, derived: DerivedTag, path: Path): Finding[] {
  const tags = new Map(device.tags.map((tag) => [tag.signal, tag]));
  const inputs = Object.entries(derived.inputs).flatMap(([name, signal]) =>
    checkInput(tags.get(signal), signal, [...path, "inputs", name]),
  );
  return [...inputs, ...checkExpression(derived, path)];
}

function checkInput(tag: Tag | undefined, signal: string, path: Path): Finding[] {
  if (tag === undefined) {
    const allowed = "the signal of a tag of the same device, which is not derived itself";
    return [{ path, message: `the device has no tag "${signal}"`, allowed }];
  }
  if (tag.type === "string" || tag.role === "text") {
    return [{ path, message: `"${signal}" is a text`, allowed: "numbers and bits" }];
  }
  return [];
}

function checkExpression({ expression, inputs }: DerivedTag, path: Path): Finding[] {
  const names = Object.keys(inputs);
  try {
    const { uses } = compileExpression(expression, names);
    return names
      .filter((name) => !uses.has(name))
      .map((name) => ({
        path: [...path, "inputs", name],
        message: `the expression has no "${name}"`,
        allowed: "inputs that it uses",
      }));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, allowed } = error;
    return [{ path: [...path, "expression"], message, allowed }];
  }
}
