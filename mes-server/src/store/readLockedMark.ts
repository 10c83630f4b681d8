import type { Transaction } from "./statement.ts";

/** The first hour of a closed period that this transaction itself has marked to be derived again. */
export async function readLockedMark(
  tx: Transaction,
): Promise<{ line: string; hourMs: number; untilMs: number } | undefined> {
  const { rows } = await tx.query<{ line: string; hour: Date; until_ts: Date }>({
    name: "readLockedMark",
    text: `SELECT d.line, d.hour, p.until_ts
             FROM dirty_hour d
             JOIN line l ON l.id = d.line
             JOIN period_lock p ON p.equipment IN
               (l.id, l.enterprise || '/' || l.site || '/' || l.area, l.enterprise || '/' || l.site, l.enterprise)
            WHERE d.xmin = pg_current_xact_id()::xid AND d.hour < p.until_ts
            ORDER BY d.line, d.hour LIMIT 1`,
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return { line: row.line, hourMs: row.hour.getTime(), untilMs: row.until_ts.getTime() };
}
