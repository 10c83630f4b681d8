import type { Transaction } from "./statement.ts";

/** Whether anything was told of a job, taken back or not. */
export async function readBegunJob(tx: Transaction, job: string): Promise<boolean> {
  const { rows } = await tx.query("SELECT FROM job_fact WHERE job = $1 LIMIT 1", [job]);
  return rows.length > 0;
}
