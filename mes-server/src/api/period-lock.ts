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
