import type { CSSProperties } from "react";

/** CSS variables of one element: React sets them one by one, which the strictest policy allows. */
export function variables(values: Record<`--${string}`, string | number>): CSSProperties {
  return values;
}
