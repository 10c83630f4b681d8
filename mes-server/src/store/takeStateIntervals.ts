import type { Transaction } from "./statement.ts";

/**
 * Removes the intervals of a unit that begin in `[fromMs, toMs]`, into their history; answers where the
 * last one of them ended (`null`: it lasts), or `undefined` if there was none.
 */
export async function takeStateIntervals(
  tx: Transaction,
  { unit, fromMs, toMs }: { unit: string; fromMs: number; toMs: number },
  knownAtMs: number,
): Promise<{ toMs: number | null } | undefined> {
  const { rows } = await tx.query<{ to_ts: Date | null }>(
    `WITH gone AS (
       DELETE FROM state_interval WHERE unit = $1 AND from_ts >= $2 AND from_ts <= $3
       RETURNING *),
     kept AS (
       INSERT INTO state_interval_history (unit, from_ts, to_ts, state, known_from, known_to)
       SELECT unit, from_ts, to_ts, state, known_at, $4::timestamptz FROM gone WHERE known_at < $4)
     SELECT to_ts FROM gone ORDER BY from_ts DESC LIMIT 1`,
    [unit, new Date(fromMs), new Date(toMs), new Date(knownAtMs)],
  );
  const [last] = rows;
  return last && { toMs: last.to_ts === null ? null : last.to_ts.getTime() };
}
