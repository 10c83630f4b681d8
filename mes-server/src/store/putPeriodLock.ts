import type { PeriodLockRow } from "./readPeriodLocks.ts";
import type { Transaction } from "./statement.ts";

export async function putPeriodLock(
  tx: Transaction,
  lock: Omit<PeriodLockRow, "version">,
): Promise<void> {
  await tx.query(
    `INSERT INTO period_lock AS p (equipment, until_ts, actor, closed_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (equipment) DO UPDATE
       SET until_ts = excluded.until_ts, actor = excluded.actor, closed_at = excluded.closed_at,
           version = p.version + 1`,
    [lock.equipment, new Date(lock.untilMs), lock.actor, new Date(lock.closedAtMs)],
  );
}
