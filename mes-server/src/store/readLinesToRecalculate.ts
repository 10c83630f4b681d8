import type { Pool } from "pg";

/** Lines with closed hours that have never been derived, or are to be derived again. */
export async function readLinesToRecalculate(
  db: Pick<Pool, "query">,
  closedToMs: number,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: "readLinesToRecalculate",
    text: `SELECT l.id FROM line l LEFT JOIN line_recalculation r ON r.line = l.id
            WHERE r.derived_to IS NULL OR r.derived_to < $1
               OR EXISTS (SELECT FROM dirty_hour d WHERE d.line = l.id AND d.hour < r.derived_to)
            ORDER BY l.id`,
    values: [new Date(closedToMs)],
  });
  return rows.map(({ id }) => id);
}
