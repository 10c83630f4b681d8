import type { Transaction } from "./statement.ts";

/** Removes the intervals of a unit that begin in `[fromMs, toMs]`, into their history. */
export async function takeStateIntervals(
  tx: Transaction,
  { unit, fromMs, toMs }: { unit: string; fromMs: number; toMs: number },
  knownAtMs: number,
): Promise<void> {
  await tx.query(
    `WITH gone AS (
       DELETE FROM state_interval WHERE unit = $1 AND from_ts >= $2 AND from_ts <= $3
       RETURNING *)
     INSERT INTO state_interval_history (unit, from_ts, to_ts, state, known_from, known_to)
     SELECT unit, from_ts, to_ts, state, known_at, $4::timestamptz FROM gone WHERE known_at < $4`,
    [unit, new Date(fromMs), new Date(toMs), new Date(knownAtMs)],
  );
}
