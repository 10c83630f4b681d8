import type { Transaction } from "./statement.ts";

/**
 * Lets commands about the jobs of a line take turns, until the end of the transaction; answers the
 * version of its dispatch queue. Slot 1 of the line is there afterwards.
 */
export async function lockDispatchQueue(tx: Transaction, line: string): Promise<number> {
  await tx.query("INSERT INTO dispatch_queue (line) VALUES ($1) ON CONFLICT DO NOTHING", [line]);
  const { rows } = await tx.query<{ version: number }>(
    "SELECT version FROM dispatch_queue WHERE line = $1 FOR UPDATE",
    [line],
  );
  await tx.query(
    `INSERT INTO capacity_slot (line, slot)
     SELECT $1, 1 WHERE NOT EXISTS (SELECT FROM capacity_slot WHERE line = $1)`,
    [line],
  );
  return rows[0]?.version ?? 0;
}
