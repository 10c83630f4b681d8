import { readLockedMark } from "../store/readLockedMark.ts";
import { readPeriodLock } from "../store/readPeriodLock.ts";
import type { Transaction } from "../store/statement.ts";
import { ApiFailure } from "./failure.ts";
import { isoOf } from "./window.ts";

/** @throws {ApiFailure} if a change of a line from this instant on reaches into a closed period. */
export async function expectUnlocked(
  tx: Transaction,
  line: string,
  fromMs: number,
  field = "occurredAt",
): Promise<void> {
  const untilMs = await readPeriodLock(tx, line);
  if (untilMs === undefined || fromMs >= untilMs) return;
  throw new ApiFailure(
    "period_locked",
    `Line "${line}" is closed until ${isoOf(untilMs)}, and this reaches back to ${isoOf(fromMs)}.`,
    field,
  );
}

/**
 * Whatever a change is of: it marks the hours whose figures it changes, so that one that reaches into a
 * closed period is known by its marks.
 *
 * @throws {ApiFailure} if this transaction has marked an hour of a closed period.
 */
export async function expectNoLockedMark(tx: Transaction): Promise<void> {
  const mark = await readLockedMark(tx);
  if (mark === undefined) return;
  throw new ApiFailure(
    "period_locked",
    `Line "${mark.line}" is closed until ${isoOf(mark.untilMs)}, and this changes its figures of ${isoOf(mark.hourMs)}.`,
  );
}
