import type { AlarmOfShift } from "../domain/handover/handover-facts.ts";
import type { Transaction } from "./statement.ts";

/** Alarms of a line that were on in a range, those that operators were told of, in order of time. */
export async function readAlarmsOfShift(
  db: Transaction,
  { line, fromMs, toMs }: { line: string; fromMs: number; toMs: number },
): Promise<AlarmOfShift[]> {
  const { rows } = await db.query<{
    alarm: string;
    unit: string;
    priority: string;
    raised_at: Date;
    cleared_at: Date | null;
    acknowledged: boolean;
  }>(
    `SELECT alarm, unit, priority, raised_at, cleared_at,
            coalesce(acknowledged_at < $3, false) AS acknowledged
       FROM alarm_occurrence
      WHERE line = $1 AND raised_at < $3 AND (cleared_at IS NULL OR cleared_at > $2)
        AND before_state NOT IN ('shelved', 'suppressedByDesign', 'outOfService')
      ORDER BY raised_at, alarm`,
    [line, new Date(fromMs), new Date(toMs)],
  );
  return rows.map(({ raised_at, cleared_at, acknowledged, ...row }) => ({
    ...row,
    raisedAtMs: raised_at.getTime(),
    clearedAtMs: cleared_at?.getTime() ?? null,
    isAcknowledged: acknowledged,
  }));
}
