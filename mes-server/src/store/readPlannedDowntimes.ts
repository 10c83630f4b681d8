import type { PlannedDowntime } from "../domain/calendar/planned-time.ts";
import type { Transaction } from "./statement.ts";

/**
 * Planned downtime of a line and of its units that lies in a range or reaches into it, whole, in order of
 * its beginning: what was planned for them, for what the line lay under (told as that of the line, while it
 * lay there), and the breaks of its shifts. Parts may overlap.
 */
export async function readPlannedDowntimes(
  db: Transaction,
  range: { line: string; fromMs: number; toMs: number },
): Promise<PlannedDowntime[]> {
  const { rows } = await db.query<{
    equipment: string;
    kind: PlannedDowntime["kind"];
    from_ts: Date;
    to_ts: Date;
  }>(
    `WITH part AS (
       SELECT $1 AS equipment, p.kind, greatest(p.from_ts, l.from_ts) AS from_ts, least(p.to_ts, l.to_ts) AS to_ts
         FROM line_places($1) l
         JOIN planned_downtime p ON p.equipment = l.equipment AND NOT p.cancelled AND p.to_ts > $2
       UNION ALL
       SELECT u.id, p.kind, p.from_ts, p.to_ts
         FROM unit u
         JOIN planned_downtime p ON p.equipment = u.id AND NOT p.cancelled AND p.to_ts > $2
        WHERE u.line = $1
       UNION ALL
       SELECT $1, 'break', b.from_ts, b.to_ts
         FROM line l
         JOIN shift_break b ON b.line_key = l.key AND b.from_ts > $2::timestamptz - INTERVAL '1 day'
        WHERE l.id = $1)
     SELECT * FROM part WHERE from_ts < $3 AND to_ts > $2 AND from_ts < to_ts ORDER BY from_ts, equipment, to_ts`,
    [range.line, new Date(range.fromMs), new Date(range.toMs)],
  );
  return rows.map(({ from_ts, to_ts, ...row }) => ({
    ...row,
    fromMs: from_ts.getTime(),
    toMs: to_ts.getTime(),
  }));
}
