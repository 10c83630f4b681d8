import type { ChartRule } from "./control-chart.ts";

const texts: Record<ChartRule, string> = {
  nelson1: "a point beyond the control limits",
  nelson2: "nine points in a row on one side of the centre line",
  nelson3: "six points in a row rising or falling",
  nelson4: "fourteen points in a row up and down in turn",
  nelson5: "two of three points beyond two standard deviations on one side",
  nelson6: "four of five points beyond one standard deviation on one side",
  nelson7: "fifteen points in a row within one standard deviation",
  nelson8: "eight points in a row beyond one standard deviation, on both sides",
  dispersion: "a spread beyond its control limits",
  outOfSpec: "a value out of specification",
};

/** A rule in words, as they stand in reports and events. */
export function ruleText(rule: string): string {
  return Object.hasOwn(texts, rule) ? texts[rule as ChartRule] : rule;
}
