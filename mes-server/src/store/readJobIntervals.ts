import type { JobInterval } from "../domain/orders/job-interval.ts";
import type { Transaction } from "./statement.ts";

/**
 * Which jobs held slots of a line in a window or reaching into it: whole intervals, in order of slot and
 * beginning. Those of a slot do not overlap, so that only the last one which begins before the window can
 * reach into it: the index finds it at once.
 */
export async function readJobIntervals(
  db: Transaction,
  window: { line: string; fromMs: number; toMs: number },
): Promise<JobInterval[]> {
  const { rows } = await db.query<
    Omit<JobInterval, "fromMs" | "toMs"> & { from_ts: Date; to_ts: Date | null }
  >(
    `SELECT s.line, s.slot, i.job, j.production_order AS "order", o.product, i.phase, i.from_ts, i.to_ts,
            CASE WHEN s.slot > 1 THEN s.units ELSE ARRAY(
              SELECT u.id FROM unit u
               WHERE u.line = s.line
                 AND NOT EXISTS (SELECT FROM capacity_slot other
                                  WHERE other.line = s.line AND other.slot > 1 AND u.id = ANY(other.units))
               ORDER BY u.position, u.id)
            END AS units
       FROM capacity_slot s
      CROSS JOIN LATERAL (
        SELECT job, phase, from_ts, to_ts
          FROM job_interval
         WHERE slot_key = s.key
           AND from_ts < $3
           AND (to_ts IS NULL OR to_ts > $2)
           AND from_ts >= coalesce(
                 (SELECT max(from_ts) FROM job_interval WHERE slot_key = s.key AND from_ts <= $2), $2)
      ) i
       JOIN job j ON j.id = i.job
       JOIN production_order o ON o.id = j.production_order
      WHERE s.line = $1
      ORDER BY s.slot, i.from_ts`,
    [window.line, new Date(window.fromMs), new Date(window.toMs)],
  );
  return rows.map(({ from_ts, to_ts, ...row }) => ({
    ...row,
    fromMs: from_ts.getTime(),
    toMs: to_ts === null ? null : to_ts.getTime(),
  }));
}
