import type { CallKind } from "@only-mes/protocols/console/alarms";
import type { EscalationRule } from "@only-mes/protocols/console/andon";

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

/** Steps that are due by `nowMs` and that nothing has made needless, in order. */
export function dueSteps(
  rule: EscalationRule | undefined,
  { raisedAtMs, acknowledgedAtMs, endedAtMs }: CallToEscalate,
  nowMs: number,
): DueStep[] {
  return (rule?.steps ?? []).flatMap(({ afterMs, unless, to, shifts }, step) => {
    const dueMs = raisedAtMs + afterMs;
    const isNeedless =
      endedAtMs !== null || (unless === "acknowledged" && acknowledgedAtMs !== null);
    return isNeedless || dueMs > nowMs ? [] : [{ step, dueMs, to, shifts }];
  });
}
