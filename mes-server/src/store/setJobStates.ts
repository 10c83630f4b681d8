import type { JobState } from "@only-mes/protocols/plant/job-state";
import type { Transaction } from "./statement.ts";

export interface JobStateChange {
  job: string;
  order: string;
  before: JobState;
  after: JobState;
}

/**
 * Sets what follows from the facts for each of these jobs; one that has not begun is Waiting, or Ready if it
 * is in the dispatch queue. Answers those that have changed.
 */
export async function setJobStates(
  tx: Transaction,
  jobs: readonly { job: string; state: JobState }[],
): Promise<JobStateChange[]> {
  if (jobs.length === 0) return [];
  const { rows } = await tx.query<JobStateChange>(
    `WITH wanted AS (
       SELECT j.id, j.state AS before,
              CASE WHEN w.state = 'Waiting' AND j.sequence IS NOT NULL THEN 'Ready' ELSE w.state END AS after
         FROM unnest($1::text[], $2::text[]) AS w(id, state) JOIN job j USING (id)
     )
     UPDATE job SET state = wanted.after FROM wanted
      WHERE job.id = wanted.id AND job.state <> wanted.after
      RETURNING job.id AS job, job.production_order AS "order", wanted.before, wanted.after`,
    [jobs.map(({ job }) => job), jobs.map(({ state }) => state)],
  );
  return rows.sort((a, b) => (a.job < b.job ? -1 : 1));
}
