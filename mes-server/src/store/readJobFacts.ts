import type { JobFact } from "../domain/orders/foldJobs.ts";
import type { Transaction } from "./statement.ts";

interface JobFactRow extends Omit<JobFact, "atMs"> {
  occurred_at: Date;
}

const columns = "f.command, f.job, f.kind, f.occurred_at, f.slot, f.phase";
const standing = "NOT EXISTS (SELECT FROM job_fact_retraction r WHERE r.fact = f.command)";

/** Facts of a line from a time on, without those that were taken back. */
export async function readJobFacts(
  tx: Transaction,
  { line, fromMs }: { line: string; fromMs: number },
): Promise<JobFact[]> {
  const { rows } = await tx.query<JobFactRow>(
    `SELECT ${columns} FROM job_fact f WHERE f.line = $1 AND f.occurred_at >= $2 AND ${standing}`,
    [line, new Date(fromMs)],
  );
  return rows.map(factOf);
}

/** Facts of jobs before a time which fitted: with what they have made of the jobs, a fold goes on. */
export async function readFittingJobFacts(
  tx: Transaction,
  { jobs, beforeMs }: { jobs: readonly string[]; beforeMs: number },
): Promise<JobFact[]> {
  const { rows } = await tx.query<JobFactRow>(
    `SELECT ${columns} FROM job_fact f
      WHERE f.job = ANY($1) AND f.occurred_at < $2 AND ${standing}
        AND NOT EXISTS (SELECT FROM job_conflict c WHERE c.command = f.command)`,
    [jobs, new Date(beforeMs)],
  );
  return rows.map(factOf);
}

function factOf({ occurred_at, ...row }: JobFactRow): JobFact {
  return { ...row, atMs: occurred_at.getTime() };
}
