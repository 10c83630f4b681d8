import type { PoolClient } from "pg";
import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import { hourMs } from "../domain/kpi/segments.ts";
import { clearDirtyHours } from "../store/clearDirtyHours.ts";
import { insertKpiAdjustments } from "../store/insertKpiAdjustments.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { putKpiHours } from "../store/putKpiHours.ts";
import { replaceKpiWindows } from "../store/replaceKpiWindows.ts";
import { takeRecalculation } from "../store/takeRecalculation.ts";
import type { StepResult } from "./deriveStep.ts";
import type { EarlierBeginning, StepInput } from "./readStep.ts";

/**
 * Puts what a step has derived in the place of what was stored, in the transaction of the client.
 *
 * @throws {RecalculationOvertaken} if another host has had a turn meanwhile.
 */
export async function writeStep(
  tx: PoolClient,
  input: StepInput,
  result: StepResult,
  nowMs: number,
): Promise<void> {
  const { line, seen, derivedFromMs, derivedToMs, dirty } = input;
  const hasChanged = result.replacedHoursMs.length > 0;
  await takeRecalculation(tx, line, seen, { derivedFromMs, derivedToMs, hasChanged });
  const { replacedHoursMs: hoursMs, windows, adjustments, reversals } = result;
  await replaceKpiWindows(tx, { line, hoursMs, windows });
  await putKpiHours(tx, line, result.hours);
  const known = { line, knownAtMs: nowMs };
  await insertKpiAdjustments(tx, { ...known, cause: "lateFacts", deltas: adjustments });
  await insertKpiAdjustments(tx, { ...known, cause: "reopened", deltas: reversals });
  await clearDirtyHours(tx, line, dirty);
  await markDirtyHours(
    tx,
    result.neighboursMs.map((atMs) => ({ line, fromMs: atMs, toMs: atMs })),
  );
  await insertOutboxEvents(tx, eventsOf(input, result, nowMs));
}

/** The line's windows begin earlier: every hour up to where they began is to be derived. */
export async function writeBeginning(tx: PoolClient, begin: EarlierBeginning): Promise<void> {
  const { line, seen, derivedFromMs, pointless } = begin;
  await takeRecalculation(tx, line, seen, { ...seen, derivedFromMs, hasChanged: false });
  await clearDirtyHours(tx, line, pointless);
  if (derivedFromMs < seen.derivedFromMs) {
    await markDirtyHours(tx, [{ line, fromMs: derivedFromMs, toMs: seen.derivedFromMs - 1 }]);
  }
}

function eventsOf(
  { line, seen }: StepInput,
  { changedHoursMs, adjustments }: StepResult,
  nowMs: number,
): DomainEvent[] {
  const [first] = changedHoursMs;
  const last = changedHoursMs.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    {
      kind: "kpi.recalculated",
      equipment: line,
      atMs: nowMs,
      data: {
        from: new Date(first).toISOString(),
        to: new Date(last + hourMs).toISOString(),
        hours: changedHoursMs.length,
        revision: (seen?.revision ?? 0) + 1,
        adjusted: adjustments.length > 0,
      },
    },
  ];
}
