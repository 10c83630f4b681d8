import type { Transaction } from "./statement.ts";

/**
 * Intervals that a refold has removed and written again as they were have been known all the time: they get
 * their time back, and their history goes. `knownAtMs` is the time of the refold.
 */
export async function keepKnownTimes(
  tx: Transaction,
  { unit, fromMs }: { unit: string; fromMs: number },
  knownAtMs: number,
): Promise<void> {
  await tx.query(
    `WITH same AS (
       DELETE FROM state_interval_history h
        USING state_interval i
        WHERE h.unit = $1 AND h.from_ts >= $2 AND h.known_to = $3
          AND i.unit = $1 AND i.from_ts = h.from_ts AND i.state = h.state
       RETURNING h.from_ts, h.known_from)
     UPDATE state_interval i SET known_at = same.known_from
       FROM same
      WHERE i.unit = $1 AND i.from_ts = same.from_ts AND i.known_at > same.known_from`,
    [unit, new Date(fromMs), new Date(knownAtMs)],
  );
}
