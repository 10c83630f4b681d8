import type { Transaction } from "./statement.ts";

/** When the next state of a unit behind an instant begins; `null` if the one of then lasts. */
export async function loadNextState(
  tx: Transaction,
  { unit, afterMs }: { unit: string; afterMs: number },
): Promise<number | null> {
  const { rows } = await tx.query<{ from_ts: Date }>(
    `SELECT from_ts FROM state_interval WHERE unit = $1 AND from_ts > $2
      ORDER BY from_ts LIMIT 1`,
    [unit, new Date(afterMs)],
  );
  return rows[0]?.from_ts.getTime() ?? null;
}
