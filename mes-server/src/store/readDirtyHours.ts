import type { Transaction } from "./statement.ts";

export interface DirtyHour {
  hourMs: number;
  /** How often it was marked. */
  marks: number;
}

/** Hours of a line that are to be derived again and that begin in a window, the oldest first. */
export async function readDirtyHours(
  db: Transaction,
  of: { line: string; fromMs: number; toMs: number; limit: number },
): Promise<DirtyHour[]> {
  const { rows } = await db.query<{ hour: Date; marks: string }>({
    name: "readDirtyHours",
    text: `SELECT hour, marks FROM dirty_hour
            WHERE line = $1 AND hour >= $2 AND hour < $3 ORDER BY hour LIMIT $4`,
    values: [of.line, new Date(of.fromMs), new Date(of.toMs), of.limit],
  });
  return rows.map(({ hour, marks }) => ({ hourMs: hour.getTime(), marks: Number(marks) }));
}
