import type { SlotHold } from "../domain/orders/foldJobs.ts";
import type { Transaction } from "./statement.ts";

export type HeldInterval = SlotHold & { slotKey: number; toMs: number | null };

/** Intervals of a line's jobs that have not ended before a time, whole ones. */
export async function readSlotHolds(
  tx: Transaction,
  { line, fromMs }: { line: string; fromMs: number },
): Promise<HeldInterval[]> {
  const { rows } = await tx.query<
    Omit<HeldInterval, "fromMs" | "toMs"> & { from_ts: Date; to_ts: Date | null }
  >(
    `SELECT s.slot, i.slot_key AS "slotKey", i.job, i.phase, i.from_ts, i.to_ts
       FROM capacity_slot s
       JOIN job_interval i ON i.slot_key = s.key
      WHERE s.line = $1 AND (i.to_ts IS NULL OR i.to_ts >= $2)
        AND i.from_ts >= coalesce(
              (SELECT max(from_ts) FROM job_interval WHERE slot_key = s.key AND from_ts < $2), $2)
      ORDER BY s.slot, i.from_ts`,
    [line, new Date(fromMs)],
  );
  return rows.map(({ from_ts, to_ts, ...row }) => ({
    ...row,
    fromMs: from_ts.getTime(),
    toMs: to_ts === null ? null : to_ts.getTime(),
  }));
}
