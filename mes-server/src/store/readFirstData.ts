import type { Transaction } from "./statement.ts";

/** When a line's units were first seen to be in a state or to count, not before a bound; undefined if never. */
export async function readFirstData(
  db: Transaction,
  { line, notBeforeMs }: { line: string; notBeforeMs: number },
): Promise<number | undefined> {
  const { rows } = await db.query<{ first: Date | null }>(
    `SELECT min(least(s.from_ts, c.ts)) AS first
       FROM unit u
       LEFT JOIN LATERAL (
         SELECT from_ts FROM state_interval
          WHERE unit = u.id AND from_ts >= $2 ORDER BY from_ts LIMIT 1) s ON true
       LEFT JOIN LATERAL (
         SELECT ts FROM count_event WHERE unit = u.id AND ts >= $2 ORDER BY ts LIMIT 1) c ON true
      WHERE u.line = $1`,
    [line, new Date(notBeforeMs)],
  );
  return rows[0]?.first?.getTime();
}
