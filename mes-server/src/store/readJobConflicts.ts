import type { JobFactKind } from "@only-mes/protocols/plant/job-state";
import type { Transaction } from "./statement.ts";

export interface JobConflictRow {
  command: string;
  job: string;
  line: string;
  kind: JobFactKind;
  occurredAtMs: number;
  reason: "state" | "slot";
  withJob: string | null;
}

/** Facts that do not fit, in order of time. */
export async function readJobConflicts(
  db: Transaction,
  page: {
    after: { atMs: number; id: string } | undefined;
    line: string | undefined;
    job: string | undefined;
    limit: number;
  },
): Promise<JobConflictRow[]> {
  const { rows } = await db.query<Omit<JobConflictRow, "occurredAtMs"> & { occurred_at: Date }>(
    `SELECT c.command, f.job, c.line, f.kind, f.occurred_at, c.reason, c.with_job AS "withJob"
       FROM job_conflict c JOIN job_fact f ON f.command = c.command
      WHERE ($1::timestamptz IS NULL OR (f.occurred_at, c.command) > ($1, $2))
        AND ($3::text IS NULL OR c.line = $3)
        AND ($4::text IS NULL OR f.job = $4)
      ORDER BY f.occurred_at, c.command LIMIT $5`,
    [
      page.after === undefined ? null : new Date(page.after.atMs),
      page.after?.id ?? null,
      page.line ?? null,
      page.job ?? null,
      page.limit,
    ],
  );
  return rows.map(({ occurred_at, ...row }) => ({ ...row, occurredAtMs: occurred_at.getTime() }));
}
