import type { ShiftInstance } from "../domain/calendar/shifts.ts";
import { breaksOf } from "./readShiftInstances.ts";
import type { Transaction } from "./statement.ts";

/** Of every line the last few shifts that began before an instant and the next ones, in order of time. */
export async function readShiftsAround(
  db: Transaction,
  { atMs, before, after }: { atMs: number; before: number; after: number },
): Promise<Map<string, ShiftInstance[]>> {
  const { rows } = await db.query<{
    line: string;
    date: string;
    name: string;
    crew: string | null;
    from_ts: Date | null;
    to_ts: Date;
    names: string[] | null;
    froms: Date[] | null;
    tos: Date[] | null;
  }>(
    `SELECT l.id AS line, i.business_date::text AS date, i.name, i.crew, i.from_ts, i.to_ts,
            b.names, b.froms, b.tos
       FROM line l
       JOIN shift_horizon h ON h.line_key = l.key
      LEFT JOIN LATERAL (
        (SELECT * FROM shift_instance
          WHERE line_key = l.key AND from_ts < $1 ORDER BY from_ts DESC LIMIT $2)
        UNION ALL
        (SELECT * FROM shift_instance
          WHERE line_key = l.key AND from_ts >= $1 ORDER BY from_ts LIMIT $3)) i ON true
       LEFT JOIN LATERAL (
         SELECT array_agg(name ORDER BY from_ts) AS names, array_agg(from_ts ORDER BY from_ts) AS froms,
                array_agg(to_ts ORDER BY from_ts) AS tos
           FROM shift_break WHERE line_key = l.key AND shift_from = i.from_ts
       ) b ON true
      ORDER BY l.id, i.from_ts`,
    [new Date(atMs), before, after],
  );
  const lines = new Map<string, ShiftInstance[]>();
  for (const { line, date, name, crew, from_ts, to_ts, ...row } of rows) {
    const shifts = lines.get(line) ?? [];
    lines.set(line, shifts);
    // A line that never works has a row without a shift.
    if (from_ts === null) continue;
    const [startMs, endMs] = [from_ts.getTime(), to_ts.getTime()];
    const [id, breaks] = [`${date} ${name}`, breaksOf(row)];
    shifts.push({ id, name, businessDate: date, startMs, endMs, crew, breaks });
  }
  return lines;
}
