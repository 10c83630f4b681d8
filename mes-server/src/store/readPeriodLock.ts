import type { Transaction } from "./statement.ts";

/**
 * Until when the figures of a line are closed, in ms: by a lock of its own, or of its area, site or
 * enterprise, whichever reaches furthest. `undefined` if none holds.
 */
export async function readPeriodLock(db: Transaction, line: string): Promise<number | undefined> {
  const { rows } = await db.query<{ until: Date | null }>({
    name: "readPeriodLock",
    text: `SELECT max(p.until_ts) AS until
             FROM line l
             JOIN period_lock p ON p.equipment IN
               (l.id, l.enterprise || '/' || l.site || '/' || l.area, l.enterprise || '/' || l.site, l.enterprise)
            WHERE l.id = $1`,
    values: [line],
  });
  return rows[0]?.until?.getTime();
}
