import type { JobPhase } from "@only-mes/protocols/plant/job-state";
import type { Pool } from "pg";

export interface RunningJobRow {
  line: string;
  slot: number;
  /** null: the slot is free. */
  job: string | null;
  order: string | null;
  product: string | null;
  phase: JobPhase | null;
  sinceMs: number | null;
}

/** Capacity slots of all lines, or of some, with the jobs that hold them now. */
export async function readRunningJobs(
  pool: Pool,
  lines: readonly string[] | undefined,
): Promise<RunningJobRow[]> {
  const { rows } = await pool.query<Omit<RunningJobRow, "sinceMs"> & { from_ts: Date | null }>({
    name: "readRunningJobs",
    text: `SELECT s.line, s.slot, i.job, j.production_order AS "order", o.product, i.phase, i.from_ts
             FROM capacity_slot s
             LEFT JOIN job_interval i ON i.slot_key = s.key AND i.to_ts IS NULL
             LEFT JOIN job j ON j.id = i.job
             LEFT JOIN production_order o ON o.id = j.production_order
            WHERE $1::text[] IS NULL OR s.line = ANY ($1)
            ORDER BY s.line, s.slot`,
    values: [lines ?? null],
  });
  return rows.map(({ from_ts, ...row }) => ({ ...row, sinceMs: from_ts?.getTime() ?? null }));
}
