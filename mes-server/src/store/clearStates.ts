import type { Transaction } from "./statement.ts";

/** Waits for whoever writes the open interval of these units, and keeps others from it. */
export async function lockStates(tx: Transaction, units: readonly string[]): Promise<void> {
  await tx.query(
    "SELECT 1 FROM state_interval WHERE unit = ANY($1) AND to_ts IS NULL ORDER BY unit FOR UPDATE",
    [[...units].sort()],
  );
}

/** Removes the states of a unit from an instant on: the signal that made them makes them no more. */
export async function clearStates(
  tx: Transaction,
  { unit, fromMs }: { unit: string; fromMs: number },
): Promise<void> {
  const from = new Date(fromMs);
  await tx.query("DELETE FROM state_interval WHERE unit = $1 AND from_ts >= $2", [unit, from]);
  await tx.query(
    "UPDATE state_interval SET to_ts = $2 WHERE unit = $1 AND (to_ts IS NULL OR to_ts > $2)",
    [unit, from],
  );
}
