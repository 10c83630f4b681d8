import type { ShiftInstance } from "../domain/calendar/shifts.ts";
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
  }>(
    `SELECT l.id AS line, i.business_date::text AS date, i.name, i.crew, i.from_ts, i.to_ts
       FROM line l
       JOIN shift_horizon h ON h.line_key = l.key
      LEFT JOIN LATERAL (
        (SELECT * FROM shift_instance
          WHERE line_key = l.key AND from_ts < $1 ORDER BY from_ts DESC LIMIT $2)
        UNION ALL
        (SELECT * FROM shift_instance
          WHERE line_key = l.key AND from_ts >= $1 ORDER BY from_ts LIMIT $3)) i ON true
      ORDER BY l.id, i.from_ts`,
    [new Date(atMs), before, after],
  );
  const lines = new Map<string, ShiftInstance[]>();
  for (const { line, date, name, crew, from_ts, to_ts } of rows) {
    const shifts = lines.get(line) ?? [];
    lines.set(line, shifts);
    // A line that never works has a row without a shift.
    if (from_ts === null) continue;
    const [startMs, endMs] = [from_ts.getTime(), to_ts.getTime()];
    shifts.push({ id: `${date} ${name}`, name, businessDate: date, startMs, endMs, crew });
  }
  return lines;
}
