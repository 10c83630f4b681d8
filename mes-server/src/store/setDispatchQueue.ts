import type { Transaction } from "./statement.ts";

/** Makes these jobs the dispatch queue of their line, in this order; others that have not begun leave it. */
export async function setDispatchQueue(
  tx: Transaction,
  line: string,
  jobs: readonly string[],
): Promise<{ job: string; order: string }[]> {
  const { rows } = await tx.query<{ job: string; order: string }>(
    `WITH wanted AS (
       SELECT j.id, w.place::int AS sequence, CASE WHEN w.place IS NULL THEN 'Waiting' ELSE 'Ready' END AS state
         FROM job j LEFT JOIN unnest($2::text[]) WITH ORDINALITY AS w(id, place) USING (id)
        WHERE j.line = $1 AND j.state IN ('Waiting', 'Ready')
     )
     UPDATE job SET sequence = wanted.sequence, state = wanted.state, version = job.version + 1
       FROM wanted
      WHERE job.id = wanted.id AND job.sequence IS DISTINCT FROM wanted.sequence
      RETURNING job.id AS job, job.production_order AS "order"`,
    [line, jobs],
  );
  await tx.query("UPDATE dispatch_queue SET version = version + 1 WHERE line = $1", [line]);
  return rows;
}
