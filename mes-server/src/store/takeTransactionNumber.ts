import type { Pool } from "pg";

/** A number above those of all transactions that have one by now. */
export async function takeTransactionNumber(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ number: string }>(
    "SELECT pg_current_xact_id()::text AS number",
  );
  return BigInt(rows[0]?.number ?? 0);
}
