import type { JobFact } from "../domain/orders/foldJobs.ts";
import type { Transaction } from "./statement.ts";

export async function insertJobFact(
  tx: Transaction,
  { line, ...fact }: JobFact & { line: string },
): Promise<void> {
  await tx.query(
    `INSERT INTO job_fact (command, line, job, kind, occurred_at, slot, phase)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [fact.command, line, fact.job, fact.kind, new Date(fact.atMs), fact.slot, fact.phase],
  );
}
