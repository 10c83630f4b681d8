import type { Transaction } from "./statement.ts";

/** A job that holds a slot of the line now, if there is one. */
export async function readRunningJob(tx: Transaction, line: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ job: string }>(
    `SELECT i.job FROM job_interval i JOIN capacity_slot s ON s.key = i.slot_key
      WHERE s.line = $1 AND i.to_ts IS NULL LIMIT 1`,
    [line],
  );
  return rows[0]?.job;
}
