import type { Transaction } from "./statement.ts";

/** The time of the first that was told of the jobs of a line, in ms. */
export async function readFirstJobFact(tx: Transaction, line: string): Promise<number | undefined> {
  const { rows } = await tx.query<{ first: Date | null }>(
    "SELECT min(occurred_at) AS first FROM job_fact WHERE line = $1",
    [line],
  );
  return rows[0]?.first?.getTime();
}
