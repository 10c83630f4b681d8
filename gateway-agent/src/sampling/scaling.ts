import type { SamplingRule } from "./rules.ts";

/** From a value as the device has it to engineering units. */
export function scaled(rule: SamplingRule, raw: number): number {
  return Math.min(Math.max(raw * rule.factor + rule.offset, rule.lowest), rule.highest);
}

/** Backwards, for writes; not finite if the scale has no inverse. */
export function unscaled(rule: SamplingRule, value: number): number {
  return (value - rule.offset) / rule.factor;
}
