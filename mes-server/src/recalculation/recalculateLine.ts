import type { Pool } from "pg";
import { transaction } from "../store/transaction.ts";
import { deriveStep } from "./deriveStep.ts";
import { readStep, type StepQuestion } from "./readStep.ts";
import { writeBeginning, writeStep } from "./writeStep.ts";

/** Hours of a line that one step derives at most: commits wait for its transactions. */
const hoursOfStep = 6;

/**
 * One step: reads what follows of some hours in one snapshot, derives their windows, and replaces them in
 * one transaction. Answers up to where it has come; `undefined` if there was nothing to do.
 *
 * @throws {RecalculationOvertaken} if another host was faster: then the step is to be begun again.
 */
export async function recalculateLine(
  pool: Pool,
  question: Omit<StepQuestion, "hoursMax"> & { hoursMax?: number; nowMs: number },
): Promise<number | undefined> {
  const { nowMs, hoursMax = hoursOfStep, ...of } = question;
  const step = await transaction(pool, (tx) => readStep(tx, { ...of, hoursMax }), {
    begin: "BEGIN ISOLATION LEVEL REPEATABLE READ",
  });
  if (step === undefined) return undefined;
  await transaction(pool, async (tx) => {
    if (step.kind === "begin") await writeBeginning(tx, step.begin);
    else await writeStep(tx, step.input, deriveStep(step.input), nowMs);
  });
  return step.kind === "begin" ? step.begin.derivedFromMs : step.input.range.toMs;
}
