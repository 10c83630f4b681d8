import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { lineStates, pacingUnits, type LineCombination, type StateSpan } from "./line-states.ts";

/** What makes a line's state and its stops for a while: data, with dates. Half open. */
export interface LineRule {
  fromMs: number;
  /** null: until further notice. */
  toMs: number | null;
  /** 0: nobody has said anything, this is the default. */
  version: number;
  /** Standing still for less than this is a microstop, of the line and of its units. */
  microstopMs: number;
  bottleneck: {
    /** Ids of units whose states make the line's; null: those that the device map says pace it. */
    units: readonly string[] | null;
    /** parallel: it runs while one of them does. series: only while all of them do. */
    combine: LineCombination;
  };
  /** States in which a unit may wait for its neighbours. */
  waitingStates: readonly MachineState[];
}

export const defaultLineRule: Omit<LineRule, "fromMs" | "toMs"> = {
  version: 0,
  microstopMs: 5 * 60_000,
  bottleneck: { units: null, combine: "parallel" },
  waitingStates: [
    "Suspending",
    "Suspended",
    "Unsuspending",
    "Idle",
    "Starting",
    "Resetting",
    "Complete",
  ],
};

export interface UnitSpans {
  /** Whole id. */
  id: string;
  position: number;
  pacesLine: boolean;
  /** In order of time. */
  spans: readonly StateSpan[];
}

/** The units that make the line's state, in the order of the flow. A rule that names none that exists: all that pace it. */
export function bottleneckOf<U extends { id: string; pacesLine: boolean }>(
  units: readonly U[],
  { bottleneck }: Pick<LineRule, "bottleneck">,
): U[] {
  const named = units.filter(({ id }) => bottleneck.units?.includes(id));
  return named.length > 0 ? named : pacingUnits(units);
}

/** The states of a line over time, each by the rule of its time; units in the order of the flow. */
export function lineStatesByRules(
  units: readonly UnitSpans[],
  rules: readonly LineRule[],
): StateSpan[] {
  const found: StateSpan[] = [];
  for (const rule of rules) {
    const spans = bottleneckOf(units, rule).map((unit) =>
      unit.spans.flatMap((span) => cut(span, rule)),
    );
    for (const span of lineStates(spans, rule.bottleneck.combine)) {
      const last = found.at(-1);
      if (last !== undefined && last.toMs === span.fromMs && last.state === span.state) {
        last.toMs = span.toMs;
      } else found.push(span);
    }
  }
  return found;
}

/** What of a span lies in the time of a rule. */
export function cut(span: StateSpan, rule: { fromMs: number; toMs: number | null }): StateSpan[] {
  const fromMs = Math.max(span.fromMs, rule.fromMs);
  const toMs = Math.min(span.toMs ?? Infinity, rule.toMs ?? Infinity);
  if (fromMs >= toMs) return [];
  return [{ state: span.state, fromMs, toMs: toMs === Infinity ? null : toMs }];
}
