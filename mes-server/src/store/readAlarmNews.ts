import type { AlarmLevel, CallKind } from "@only-mes/protocols/console/alarms";
import type { Transaction } from "./statement.ts";

export type AlarmNewsRow =
  | {
      of: "alarm";
      line: string;
      unit: string;
      id: string;
      name: string;
      level: AlarmLevel | null;
      atMs: number;
    }
  | {
      of: "call";
      line: string;
      unit: string | null;
      id: string;
      kind: CallKind;
      note: string;
      atMs: number;
    };

/** Alarms that operators were told of, and andon calls, since a time: the newest of each line. */
export async function readAlarmNews(
  db: Transaction,
  {
    lines,
    fromMs,
    limitPerLine,
  }: { lines: readonly string[]; fromMs: number; limitPerLine: number },
): Promise<AlarmNewsRow[]> {
  const { rows } = await db.query<{
    line: string;
    unit: string | null;
    id: string;
    name: string | null;
    level: AlarmLevel | null;
    kind: CallKind | null;
    note: string;
    at: Date;
  }>(
    `SELECT n.* FROM unnest($1::text[]) AS l(id)
      CROSS JOIN LATERAL (
        (SELECT o.line, o.unit, o.alarm AS id, d.settings->>'name' AS name, o.level,
                NULL::text AS kind, '' AS note, o.raised_at AS at
           FROM alarm_occurrence o
           JOIN alarm_definition d ON d.id = o.definition AND d.is_newest
          WHERE o.line = l.id AND o.raised_at >= $2 AND NOT o.is_late
            AND o.before_state NOT IN ('shelved', 'suppressedByDesign', 'outOfService')
          ORDER BY o.raised_at DESC LIMIT $3)
        UNION ALL
        (SELECT c.line, c.unit, c.id, NULL, NULL, c.kind, c.note, c.raised_at
           FROM andon_call c
          WHERE c.line = l.id AND (c.raised_at >= $2 OR c.ended_at IS NULL)
          ORDER BY c.raised_at DESC LIMIT $3)) n
      ORDER BY n.at`,
    [lines, new Date(fromMs), limitPerLine],
  );
  return rows.map(({ line, unit, id, name, level, kind, note, at }) =>
    kind === null
      ? { of: "alarm", line, unit: unit ?? line, id, name: name ?? "", level, atMs: at.getTime() }
      : { of: "call", line, unit, id, kind, note, atMs: at.getTime() },
  );
}
