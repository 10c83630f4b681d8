import type { Transaction } from "./statement.ts";

/** Brings lines, as lanes and live read them, to what the plant model says: their names and areas. */
export async function placeLines(tx: Transaction, lines: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE line l
        SET name = m.name, retired_at = m.retired_at, enterprise = split_part(m.area, '/', 1),
            site = split_part(m.area, '/', 2), area = split_part(m.area, '/', 3)
       FROM (
         SELECT e.id, e.name, e.retired_at, parent.id AS area FROM equipment e
          CROSS JOIN LATERAL (
            SELECT p.id FROM equipment_parent ep JOIN equipment p ON p.key = ep.parent
             WHERE ep.child = e.key ORDER BY ep.valid_from DESC NULLS LAST LIMIT 1) parent
          WHERE e.level = 'line' AND e.id = ANY($1)) m
      WHERE l.id = m.id
        AND (l.name, l.retired_at, l.enterprise || '/' || l.site || '/' || l.area)
            IS DISTINCT FROM (m.name, m.retired_at, m.area)`,
    [lines],
  );
}
