import type { Transaction } from "./statement.ts";

/** Where the last interval that begins before an instant ends (`null`: it lasts). */
export async function loadStateEnd(
  tx: Transaction,
  { unit, beforeMs }: { unit: string; beforeMs: number },
): Promise<{ toMs: number | null } | undefined> {
  const { rows } = await tx.query<{ to_ts: Date | null }>(
    `SELECT to_ts FROM state_interval WHERE unit = $1 AND from_ts < $2
      ORDER BY from_ts DESC LIMIT 1`,
    [unit, new Date(beforeMs)],
  );
  const [row] = rows;
  return row && { toMs: row.to_ts === null ? null : row.to_ts.getTime() };
}
