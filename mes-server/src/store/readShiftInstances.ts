import type { LineShift, ShiftBreak } from "../domain/calendar/shifts.ts";
import type { Transaction } from "./statement.ts";

/**
 * Shifts of a line that lie in a range or reach into it, whole ones, in order of time. Those of a line do
 * not overlap, so that only the last one which begins before the range can reach into it.
 */
export async function readShiftInstances(
  db: Transaction,
  range: { line: string; fromMs: number; toMs: number },
): Promise<LineShift[]> {
  const { rows } = await db.query<ShiftRow>(
    `SELECT business_date::text AS date, i.name, i.from_ts, i.to_ts, crew, pattern, pattern_version,
            b.names, b.froms, b.tos
       FROM line l
       JOIN shift_instance i ON i.line_key = l.key
       LEFT JOIN LATERAL (
         SELECT array_agg(name ORDER BY from_ts) AS names, array_agg(from_ts ORDER BY from_ts) AS froms,
                array_agg(to_ts ORDER BY from_ts) AS tos
           FROM shift_break WHERE line_key = l.key AND shift_from = i.from_ts
       ) b ON true
      WHERE l.id = $1
        AND i.from_ts < $3
        AND i.to_ts > $2
        AND i.from_ts >= coalesce(
              (SELECT max(from_ts) FROM shift_instance WHERE line_key = l.key AND from_ts <= $2), $2)
      ORDER BY i.from_ts`,
    [range.line, new Date(range.fromMs), new Date(range.toMs)],
  );
  return rows.map(shiftOf);
}

interface ShiftRow {
  date: string;
  name: string;
  from_ts: Date;
  to_ts: Date;
  crew: string | null;
  pattern: string | null;
  pattern_version: number | null;
  names: string[] | null;
  froms: Date[] | null;
  tos: Date[] | null;
}

function shiftOf({ date, name, from_ts, to_ts, pattern_version, ...row }: ShiftRow): LineShift {
  return {
    id: `${date} ${name}`,
    name,
    businessDate: date,
    startMs: from_ts.getTime(),
    endMs: to_ts.getTime(),
    crew: row.crew,
    pattern: row.pattern,
    patternVersion: pattern_version,
    breaks: breaksOf(row),
  };
}

/** Breaks of a shift from three arrays in the same order. */
export function breaksOf({
  names,
  froms,
  tos,
}: Pick<ShiftRow, "names" | "froms" | "tos">): ShiftBreak[] {
  return (names ?? []).map((name, index) => ({
    name,
    fromMs: froms?.[index]?.getTime() ?? 0,
    toMs: tos?.[index]?.getTime() ?? 0,
  }));
}
