import type { Pool } from "pg";

export interface LineUnder {
  line: string;
  fromMs: number;
  toMs: number;
}

/**
 * The lines that lay under equipment of any level, and when within the range: a line that was moved
 * counts for each place while it was there. For equipment of a line or below, its line.
 */
export async function readLinesUnder(
  db: Pick<Pool, "query">,
  { equipment, fromMs, toMs: endMs }: { equipment: string; fromMs: number; toMs: number },
): Promise<LineUnder[]> {
  const { rows } = await db.query<{ line: string; from_ts: Date; to_ts: Date }>(
    `WITH RECURSIVE under AS (
       SELECT e.key, e.id, e.level, $2::timestamptz AS from_ts, $3::timestamptz AS to_ts
         FROM equipment e WHERE e.id = $1
       UNION ALL
       SELECT c.key, c.id, c.level, greatest(u.from_ts, ep.valid_from), least(u.to_ts, ep.valid_to)
         FROM under u
         JOIN equipment_parent ep ON ep.parent = u.key
          AND tstzrange(ep.valid_from, ep.valid_to) && tstzrange(u.from_ts, u.to_ts)
         JOIN equipment c ON c.key = ep.child
        WHERE u.level IN ('enterprise', 'site', 'area'))
     SELECT id AS line, from_ts, to_ts FROM under WHERE level = 'line'
     UNION ALL
     SELECT split_part(id, '.', 1), from_ts, to_ts FROM under WHERE level IN ('cell', 'unit')
     ORDER BY line, from_ts`,
    [equipment, new Date(fromMs), new Date(endMs)],
  );
  return rows.map(({ line, from_ts, to_ts }) => ({
    line,
    fromMs: from_ts.getTime(),
    toMs: to_ts.getTime(),
  }));
}
