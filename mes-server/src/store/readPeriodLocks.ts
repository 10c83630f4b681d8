import type { Transaction } from "./statement.ts";

export interface PeriodLockRow {
  equipment: string;
  untilMs: number;
  actor: string;
  closedAtMs: number;
  version: number;
}

/** Every closed period, or that of one equipment, by equipment. */
export async function readPeriodLocks(
  db: Transaction,
  equipment?: string,
): Promise<PeriodLockRow[]> {
  const { rows } = await db.query<{
    equipment: string;
    until_ts: Date;
    actor: string;
    closed_at: Date;
    version: number;
  }>(
    `SELECT equipment, until_ts, actor, closed_at, version FROM period_lock
      WHERE $1::text IS NULL OR equipment = $1 ORDER BY equipment`,
    [equipment ?? null],
  );
  return rows.map((row) => ({
    equipment: row.equipment,
    untilMs: row.until_ts.getTime(),
    actor: row.actor,
    closedAtMs: row.closed_at.getTime(),
    version: row.version,
  }));
}
