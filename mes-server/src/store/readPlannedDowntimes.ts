import type { PlannedDowntime } from "../domain/calendar/planned-time.ts";
import type { Transaction } from "./statement.ts";

/**
 * Planned downtime of a line and of its units that lies in a range or reaches into it, whole, in order of
 * its beginning: what was planned for them, for what the line belongs to (told as that of the line), and the
 * breaks of its shifts. Parts may overlap.
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
    `SELECT CASE WHEN u.id IS NULL THEN l.id ELSE u.id END AS equipment, p.kind, p.from_ts, p.to_ts
       FROM line l
       JOIN planned_downtime p
         ON p.equipment = ANY (ARRAY[l.id, l.enterprise, l.enterprise || '/' || l.site,
                                     l.enterprise || '/' || l.site || '/' || l.area]
                               || ARRAY(SELECT id FROM unit WHERE line = l.id))
       LEFT JOIN unit u ON u.id = p.equipment
      WHERE l.id = $1 AND NOT p.cancelled AND p.from_ts < $3 AND p.to_ts > $2
      UNION ALL
     SELECT l.id, 'break', b.from_ts, b.to_ts
       FROM line l
       JOIN shift_break b ON b.line_key = l.key
      WHERE l.id = $1 AND b.from_ts < $3 AND b.to_ts > $2
        AND b.from_ts > $2::timestamptz - INTERVAL '1 day'
      ORDER BY 3, 1, 4`,
    [range.line, new Date(range.fromMs), new Date(range.toMs)],
  );
  return rows.map(({ from_ts, to_ts, ...row }) => ({
    ...row,
    fromMs: from_ts.getTime(),
    toMs: to_ts.getTime(),
  }));
}
