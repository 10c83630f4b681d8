import type { AlarmLevel, AlarmPriority, AlarmState } from "@only-mes/protocols/console/alarms";
import type { Transaction } from "./statement.ts";

export interface KeptOccurrence {
  alarm: string;
  name: string;
  level: AlarmLevel | null;
  line: string;
  unit: string;
  priority: AlarmPriority;
  raisedAtMs: number;
  clearedAtMs: number | null;
  value: number | null;
  beforeState: AlarmState;
  isLate: boolean;
  acknowledgedAtMs: number | null;
  acknowledgedBy: string | null;
  comment: string | null;
}

export interface OccurrenceFilter {
  line?: string | undefined;
  unit?: string | undefined;
  alarm?: string | undefined;
  priority?: AlarmPriority | undefined;
  fromMs: number;
  toMs: number;
  /** Also those that were raised before the range and lasted into it. */
  reaching?: boolean | undefined;
  before?: { raisedAtMs: number; alarm: string } | undefined;
  limit: number;
}

/** Occurrences that were raised in a range, the last one first. */
export async function readAlarmOccurrences(
  db: Transaction,
  filter: OccurrenceFilter,
): Promise<KeptOccurrence[]> {
  const { before } = filter;
  const { rows } = await db.query<{
    alarm: string;
    name: string;
    level: AlarmLevel | null;
    line: string;
    unit: string;
    priority: AlarmPriority;
    raised_at: Date;
    cleared_at: Date | null;
    value: number | null;
    before_state: AlarmState;
    is_late: boolean;
    acknowledged_at: Date | null;
    acknowledged_by: string | null;
    comment: string | null;
  }>(
    `SELECT o.alarm, d.settings->>'name' AS name, o.level, o.line, o.unit, o.priority, o.raised_at,
            o.cleared_at, o.value, o.before_state, o.is_late, o.acknowledged_at, o.acknowledged_by,
            o.comment
       FROM alarm_occurrence o
       JOIN alarm_definition d ON d.id = o.definition AND d.is_newest
      WHERE o.raised_at < $2
        AND (o.raised_at >= $1 OR ($9 AND (o.cleared_at IS NULL OR o.cleared_at > $1)))
        AND ($3::text IS NULL OR o.line = $3)
        AND ($4::text IS NULL OR o.unit = $4)
        AND ($5::text IS NULL OR o.alarm = $5)
        AND ($6::text IS NULL OR o.priority = $6)
        AND ($7::timestamptz IS NULL OR (o.raised_at, o.alarm) < ($7, $8))
      ORDER BY o.raised_at DESC, o.alarm DESC LIMIT $10`,
    [
      new Date(filter.fromMs),
      new Date(filter.toMs),
      filter.line ?? null,
      filter.unit ?? null,
      filter.alarm ?? null,
      filter.priority ?? null,
      before === undefined ? null : new Date(before.raisedAtMs),
      before?.alarm ?? null,
      filter.reaching === true,
      filter.limit,
    ],
  );
  return rows.map((row) => ({
    alarm: row.alarm,
    name: row.name,
    level: row.level,
    line: row.line,
    unit: row.unit,
    priority: row.priority,
    raisedAtMs: row.raised_at.getTime(),
    clearedAtMs: row.cleared_at?.getTime() ?? null,
    value: row.value,
    beforeState: row.before_state,
    isLate: row.is_late,
    acknowledgedAtMs: row.acknowledged_at?.getTime() ?? null,
    acknowledgedBy: row.acknowledged_by,
    comment: row.comment,
  }));
}
