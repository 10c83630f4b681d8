import type { JobRow } from "./readJobs.ts";
import type { Transaction } from "./statement.ts";

export type PlannedJob = Pick<
  JobRow,
  | "id"
  | "order"
  | "operation"
  | "line"
  | "quantity"
  | "plannedStartMs"
  | "plannedEndMs"
  | "sequence"
  | "state"
  | "version"
>;

/** Writes what is planned of a job as it is from now on. */
export async function putJob(tx: Transaction, job: PlannedJob): Promise<void> {
  const { plannedStartMs, plannedEndMs } = job;
  await tx.query(
    `INSERT INTO job (id, production_order, operation, line, quantity, planned_start, planned_end,
                      sequence, state, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (id) DO UPDATE
        SET line = excluded.line, quantity = excluded.quantity, planned_start = excluded.planned_start,
            planned_end = excluded.planned_end, sequence = excluded.sequence, state = excluded.state,
            version = excluded.version`,
    [
      job.id,
      job.order,
      job.operation,
      job.line,
      job.quantity,
      plannedStartMs === null ? null : new Date(plannedStartMs),
      plannedEndMs === null ? null : new Date(plannedEndMs),
      job.sequence,
      job.state,
      job.version,
    ],
  );
}
