import type { Transaction } from "./statement.ts";
import { takeStateIntervals } from "./takeStateIntervals.ts";

/** Waits for whoever writes the open interval of these units, and keeps others from it. */
export async function lockStates(tx: Transaction, units: readonly string[]): Promise<void> {
  await tx.query(
    "SELECT 1 FROM state_interval WHERE unit = ANY($1) AND to_ts IS NULL ORDER BY unit FOR UPDATE",
    [[...units].sort()],
  );
}

/** Removes the states of a unit from an instant on, into their history: their signal makes them no more. */
export async function clearStates(
  tx: Transaction,
  { unit, fromMs }: { unit: string; fromMs: number },
  knownAtMs: number,
): Promise<void> {
  await takeStateIntervals(tx, { unit, fromMs, toMs: latestMs }, knownAtMs);
  await tx.query(
    "UPDATE state_interval SET to_ts = $2 WHERE unit = $1 AND (to_ts IS NULL OR to_ts > $2)",
    [unit, new Date(fromMs)],
  );
}

/** Later than what any sample can tell. */
const latestMs = Date.parse("9999-01-01T00:00:00Z");
