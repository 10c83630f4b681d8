import type { JobConflict } from "../domain/orders/foldJobs.ts";
import type { Transaction } from "./statement.ts";

/** The conflicts of a line's facts from a time on; answers the ids of those that were conflicts before. */
export async function replaceJobConflicts(
  tx: Transaction,
  { line, fromMs }: { line: string; fromMs: number },
  conflicts: readonly JobConflict[],
): Promise<{ command: string; job: string }[]> {
  const { rows } = await tx.query<{ command: string; job: string }>(
    `DELETE FROM job_conflict c USING job_fact f
      WHERE c.line = $1 AND f.command = c.command AND f.occurred_at >= $2
      RETURNING c.command, f.job`,
    [line, new Date(fromMs)],
  );
  if (conflicts.length > 0) {
    await tx.query(
      `INSERT INTO job_conflict (command, line, reason, with_job)
       SELECT command, $1, reason, with_job
         FROM unnest($2::text[], $3::text[], $4::text[]) AS c(command, reason, with_job)`,
      [
        line,
        conflicts.map(({ fact }) => fact.command),
        conflicts.map(({ reason }) => reason),
        conflicts.map(({ withJob }) => withJob),
      ],
    );
  }
  return rows;
}
