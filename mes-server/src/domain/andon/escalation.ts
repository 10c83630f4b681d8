import type { CallKind } from "@only-mes/protocols/console/alarms";
import type { EscalationStep } from "@only-mes/protocols/console/andon";

export interface EscalationRule {
  id: string;
  /** A line, an area, a site; null for everywhere. */
  equipment: string | null;
  /** null for every kind. */
  kind: CallKind | null;
  steps: readonly EscalationStep[];
}

export interface CallToEscalate {
  raisedAtMs: number;
  acknowledgedAtMs: number | null;
  endedAtMs: number | null;
  kind: CallKind;
  /** The line, then what it belongs to: area, site, enterprise. */
  equipment: readonly string[];
}

export interface DueStep {
  step: number;
  dueMs: number;
  to: readonly string[];
  shifts: readonly string[] | undefined;
}

/** The rule that is nearest to the call's line; of two there, the one that names the kind. */
export function ruleOf(
  rules: readonly EscalationRule[],
  { equipment, kind }: Pick<CallToEscalate, "equipment" | "kind">,
): EscalationRule | undefined {
  for (const place of [...equipment, null]) {
    const here = rules.filter((rule) => rule.equipment === place);
    const found =
      here.find((rule) => rule.kind === kind) ?? here.find((rule) => rule.kind === null);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Steps that were due by `nowMs` and that nothing had made needless by then, in order. */
export function dueSteps(
  rule: EscalationRule | undefined,
  call: CallToEscalate,
  nowMs: number,
): DueStep[] {
  return stepsOf(rule, call).filter(({ dueMs }) => dueMs <= nowMs);
}

/** When the next step after those told is due; `undefined` if none is to come. */
export function nextDueMs(
  rule: EscalationRule | undefined,
  call: CallToEscalate,
  nowMs: number,
): number | undefined {
  const times = stepsOf(rule, call)
    .map(({ dueMs }) => dueMs)
    .filter((dueMs) => dueMs > nowMs);
  return times.length === 0 ? undefined : Math.min(...times);
}

function stepsOf(rule: EscalationRule | undefined, call: CallToEscalate): DueStep[] {
  return (rule?.steps ?? []).flatMap(({ afterMs, unless, to, shifts }, step) => {
    const dueMs = call.raisedAtMs + afterMs;
    const doneMs =
      unless === "resolved" ? call.endedAtMs : (call.acknowledgedAtMs ?? call.endedAtMs);
    return doneMs !== null && doneMs <= dueMs ? [] : [{ step, dueMs, to, shifts }];
  });
}
