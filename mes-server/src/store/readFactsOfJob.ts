import type { JobFact } from "../domain/orders/foldJobs.ts";
import type { Transaction } from "./statement.ts";

export interface ToldFact extends JobFact {
  conflict: "state" | "slot" | null;
  withJob: string | null;
  retracted: boolean;
}

/** All that was told of a job, in order of time, with what became of it. */
export async function readFactsOfJob(db: Transaction, job: string): Promise<ToldFact[]> {
  const { rows } = await db.query<Omit<ToldFact, "atMs"> & { occurred_at: Date }>(
    `SELECT f.command, f.job, f.kind, f.occurred_at, f.slot, f.phase, c.reason AS conflict,
            c.with_job AS "withJob", r.fact IS NOT NULL AS retracted
       FROM job_fact f
       LEFT JOIN job_conflict c ON c.command = f.command
       LEFT JOIN job_fact_retraction r ON r.fact = f.command
      WHERE f.job = $1
      ORDER BY f.occurred_at, f.command COLLATE "C"`,
    [job],
  );
  return rows.map(({ occurred_at, ...row }) => ({ ...row, atMs: occurred_at.getTime() }));
}
