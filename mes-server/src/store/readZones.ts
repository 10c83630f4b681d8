import type { Pool } from "pg";

/** The IANA zone of each line's site as the plant model has it now; lines of a site without one are not in it. */
export async function readZones(
  db: Pick<Pool, "query">,
  lines: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ line: string; zone: string }>(
    `SELECT l.id AS line, e.zone FROM line l
       JOIN equipment e ON e.id = l.enterprise || '/' || l.site AND e.level = 'site'
      WHERE l.id = ANY($1) AND e.zone IS NOT NULL`,
    [lines],
  );
  return new Map(rows.map(({ line, zone }) => [line, zone]));
}
