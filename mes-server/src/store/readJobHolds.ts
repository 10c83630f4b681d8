import type { SlotHold } from "../domain/orders/foldJobs.ts";
import type { Transaction } from "./statement.ts";

/** When a job held slots of its line, in order of time. */
export async function readJobHolds(
  db: Transaction,
  job: string,
): Promise<(SlotHold & { toMs: number | null })[]> {
  const { rows } = await db.query<Omit<SlotHold, "fromMs"> & { from_ts: Date; to_ts: Date | null }>(
    `SELECT s.slot, i.job, i.phase, i.from_ts, i.to_ts
       FROM job_interval i JOIN capacity_slot s ON s.key = i.slot_key
      WHERE i.job = $1
      ORDER BY i.from_ts`,
    [job],
  );
  return rows.map(({ from_ts, to_ts, ...row }) => ({
    ...row,
    fromMs: from_ts.getTime(),
    toMs: to_ts === null ? null : to_ts.getTime(),
  }));
}
