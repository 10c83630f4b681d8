import type { Transaction } from "./statement.ts";

/**
 * Removes the intervals of a unit that begin in `[fromMs, toMs]`; answers where the last one of them
 * ended (`null`: it lasts), or `undefined` if there was none.
 */
export async function takeStateIntervals(
  tx: Transaction,
  { unit, fromMs, toMs }: { unit: string; fromMs: number; toMs: number },
): Promise<{ toMs: number | null } | undefined> {
  const { rows } = await tx.query<{ from_ts: Date; to_ts: Date | null }>(
    `DELETE FROM state_interval WHERE unit = $1 AND from_ts >= $2 AND from_ts <= $3
     RETURNING from_ts, to_ts`,
    [unit, new Date(fromMs), new Date(toMs)],
  );
  const last = rows.sort((a, b) => a.from_ts.getTime() - b.from_ts.getTime()).at(-1);
  return last && { toMs: last.to_ts === null ? null : last.to_ts.getTime() };
}
