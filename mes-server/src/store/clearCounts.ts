import type { Transaction } from "./statement.ts";

/** Removes all that was counted of a signal for a unit: it is no counter of that unit any more. */
export async function clearCounts(
  tx: Transaction,
  of: { unit: string; signal: number; fromMs: number },
): Promise<void> {
  await tx.query("DELETE FROM count_event WHERE unit = $1 AND signal = $2 AND ts >= $3", [
    of.unit,
    of.signal,
    new Date(of.fromMs),
  ]);
}
