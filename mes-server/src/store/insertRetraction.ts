import type { Transaction } from "./statement.ts";

/** Takes a fact back; false if that was done before. */
export async function insertRetraction(
  tx: Transaction,
  row: { fact: string; command: string; reason: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO job_fact_retraction (fact, command, reason) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING`,
    [row.fact, row.command, row.reason],
  );
  return rowCount === 1;
}
