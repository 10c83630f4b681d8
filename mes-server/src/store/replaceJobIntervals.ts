import type { HeldInterval } from "./readSlotHolds.ts";
import type { Transaction } from "./statement.ts";

/** Takes intervals away, then puts others in their place: the constraint sees no more than one a slot. */
export async function replaceJobIntervals(
  tx: Transaction,
  gone: readonly HeldInterval[],
  come: readonly HeldInterval[],
): Promise<void> {
  if (gone.length > 0) {
    await tx.query(
      `DELETE FROM job_interval i USING unnest($1::int[], $2::timestamptz[]) AS g(slot_key, from_ts)
        WHERE i.slot_key = g.slot_key AND i.from_ts = g.from_ts`,
      [gone.map(({ slotKey }) => slotKey), gone.map(({ fromMs }) => new Date(fromMs))],
    );
  }
  if (come.length === 0) return;
  await tx.query(
    `INSERT INTO job_interval (slot_key, job, phase, from_ts, to_ts)
     SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])`,
    [
      come.map(({ slotKey }) => slotKey),
      come.map(({ job }) => job),
      come.map(({ phase }) => phase),
      come.map(({ fromMs }) => new Date(fromMs)),
      come.map(({ toMs }) => (toMs === null ? null : new Date(toMs))),
    ],
  );
}
