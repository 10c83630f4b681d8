import type { Transaction } from "./statement.ts";

/** The IANA zone of a line's site; `undefined` if nobody has said it. */
export async function readLineZone(db: Transaction, line: string): Promise<string | undefined> {
  const { rows } = await db.query<{ zone: string }>(
    `SELECT e.zone
       FROM line l
       JOIN equipment e ON e.id = l.enterprise || '/' || l.site AND e.level = 'site'
      WHERE l.id = $1 AND e.zone IS NOT NULL`,
    [line],
  );
  return rows[0]?.zone;
}
