import type { AlarmLevel, AlarmPriority } from "@only-mes/protocols/console/alarms";
import type { Transaction } from "./statement.ts";

export interface OccurrenceRow {
  alarm: string;
  raisedAtMs: number;
  clearedAtMs: number | null;
  definition: string;
  level: AlarmLevel | null;
  line: string;
  unit: string;
  priority: AlarmPriority;
  value: number | null;
  isLate: boolean;
}

/** Occurrences of definitions that reach to `fromMs` or beyond, and the last one of each alarm before. */
export async function loadOccurrencesAround(
  tx: Transaction,
  definitions: readonly { alarm: string }[],
  fromMs: number,
): Promise<Pick<OccurrenceRow, "alarm" | "raisedAtMs" | "clearedAtMs">[]> {
  const { rows } = await tx.query<{ alarm: string; raised_at: Date; cleared_at: Date | null }>(
    `SELECT o.alarm, o.raised_at, o.cleared_at
       FROM unnest($1::text[]) AS a(alarm)
      CROSS JOIN LATERAL (
        (SELECT alarm, raised_at, cleared_at FROM alarm_occurrence
          WHERE alarm = a.alarm AND raised_at >= $2)
        UNION ALL
        (SELECT alarm, raised_at, cleared_at FROM alarm_occurrence
          WHERE alarm = a.alarm AND raised_at < $2 ORDER BY raised_at DESC LIMIT 1)) o
      ORDER BY o.alarm, o.raised_at`,
    [definitions.map(({ alarm }) => alarm), new Date(fromMs)],
  );
  return rows.map(({ alarm, raised_at, cleared_at }) => ({
    alarm,
    raisedAtMs: raised_at.getTime(),
    clearedAtMs: cleared_at?.getTime() ?? null,
  }));
}

/** The condition intervals as they are now believed; what people did about those that stay stays. */
export async function replaceOccurrences(
  tx: Transaction,
  gone: readonly { alarm: string; raisedAtMs: number }[],
  rows: readonly OccurrenceRow[],
  knownAtMs: number,
): Promise<void> {
  if (gone.length > 0) {
    await tx.query(
      `DELETE FROM alarm_occurrence o USING unnest($1::text[], $2::timestamptz[]) AS g(alarm, raised_at)
        WHERE o.alarm = g.alarm AND o.raised_at = g.raised_at`,
      [gone.map(({ alarm }) => alarm), gone.map(({ raisedAtMs }) => new Date(raisedAtMs))],
    );
  }
  if (rows.length === 0) return;
  // In order of time, so that an alarm's interval ends before its next one begins.
  const ordered = rows.toSorted((a, b) => a.raisedAtMs - b.raisedAtMs);
  await tx.query({
    name: "putOccurrences",
    text: `INSERT INTO alarm_occurrence (alarm, raised_at, cleared_at, definition, level, line, unit,
                                         priority, value, before_since, is_late, known_at)
           SELECT alarm, raised_at, cleared_at, definition, level, line, unit, priority, value,
                  raised_at, is_late, $11
             FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[],
                         $6::text[], $7::text[], $8::text[], $9::float8[], $10::boolean[])
               WITH ORDINALITY AS n(alarm, raised_at, cleared_at, definition, level, line, unit,
                                    priority, value, is_late, place)
            ORDER BY place
           ON CONFLICT (alarm, raised_at) DO UPDATE
             SET cleared_at = excluded.cleared_at, value = excluded.value,
                 priority = excluded.priority`,
    values: [
      ordered.map(({ alarm }) => alarm),
      ordered.map(({ raisedAtMs }) => new Date(raisedAtMs)),
      ordered.map(({ clearedAtMs }) => (clearedAtMs === null ? null : new Date(clearedAtMs))),
      ordered.map(({ definition }) => definition),
      ordered.map(({ level }) => level),
      ordered.map(({ line }) => line),
      ordered.map(({ unit }) => unit),
      ordered.map(({ priority }) => priority),
      ordered.map(({ value }) => value),
      ordered.map(({ isLate }) => isLate),
      new Date(knownAtMs),
    ],
  });
}

/** Ends of occurrences that stand in the table already; null opens one again. */
export async function endOccurrences(
  tx: Transaction,
  ends: readonly Pick<OccurrenceRow, "alarm" | "raisedAtMs" | "clearedAtMs">[],
): Promise<void> {
  if (ends.length === 0) return;
  await tx.query({
    name: "endOccurrences",
    text: `UPDATE alarm_occurrence o SET cleared_at = e.cleared_at
             FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[])
               AS e(alarm, raised_at, cleared_at)
            WHERE o.alarm = e.alarm AND o.raised_at = e.raised_at`,
    values: [
      ends.map(({ alarm }) => alarm),
      ends.map(({ raisedAtMs }) => new Date(raisedAtMs)),
      ends.map(({ clearedAtMs }) => (clearedAtMs === null ? null : new Date(clearedAtMs))),
    ],
  });
}
