import type { Finding } from "../yaml/explain-issue.ts";
import type { Tag } from "./schema.ts";

/** A scale is a line through two points: given by factor and offset, or by two ranges. */
export function checkScale({ scale, type }: Tag, path: readonly PropertyKey[]): Finding[] {
  if (scale === undefined) return [];
  const at = [...path, "scale"];
  if (type === "bool" || type === "string") {
    return [{ path: at, message: `scale of a ${type}`, allowed: "scale with numbers only" }];
  }
  const { factor, offset, from, to, clamp } = scale;
  if (from === undefined && to === undefined) {
    if (clamp === undefined) return [];
    return [{ path: [...at, "clamp"], message: "clamp without a range", allowed: "from and to" }];
  }
  if (from === undefined || to === undefined) {
    const given = from === undefined ? "to" : "from";
    return [{ path: [...at, given], message: `${given} alone`, allowed: "from and to together" }];
  }
  if (factor !== 1 || offset !== 0) {
    const given = factor === 1 ? "offset" : "factor";
    return [{ path: [...at, given], message: `${given} beside from and to`, allowed: "either" }];
  }
  return (
    [
      ["from", from],
      ["to", to],
    ] as const
  )
    .filter(([, [low, high]]) => low === high)
    .map(([name, [low]]) => ({
      path: [...at, name],
      message: `a range from ${low} to ${low}`,
      allowed: "two different numbers",
    }));
}
