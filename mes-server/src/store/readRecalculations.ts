import type { Pool } from "pg";

export interface RecalculationRow {
  line: string;
  derivedFromMs: number | null;
  derivedToMs: number | null;
  revision: number;
  dirtyHours: number;
  firstDirtyMs: number | null;
}

/** How far the windows of every line are derived, and which of them are to be derived again. */
export async function readRecalculations(db: Pick<Pool, "query">): Promise<RecalculationRow[]> {
  const { rows } = await db.query<{
    id: string;
    derived_from: Date | null;
    derived_to: Date | null;
    revision: string | null;
    hours: number;
    first: Date | null;
  }>(
    `SELECT l.id, r.derived_from, r.derived_to, r.revision, d.hours, d.first
       FROM line l
       LEFT JOIN line_recalculation r ON r.line = l.id
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS hours, min(hour) AS first FROM dirty_hour
         WHERE line = l.id AND hour < coalesce(r.derived_to, '-infinity')) d
      ORDER BY l.id`,
  );
  return rows.map((row) => ({
    line: row.id,
    derivedFromMs: row.derived_from?.getTime() ?? null,
    derivedToMs: row.derived_to?.getTime() ?? null,
    revision: Number(row.revision ?? 0),
    dirtyHours: row.hours,
    firstDirtyMs: row.first?.getTime() ?? null,
  }));
}
