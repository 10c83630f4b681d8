import type { Transaction } from "./statement.ts";

/** Whether there is an enterprise, a site, an area or a line of this id. */
export async function isPlaceOfShifts(db: Transaction, equipment: string): Promise<boolean> {
  const { rows } = await db.query<{ is_known: boolean }>(
    `SELECT EXISTS (SELECT FROM equipment WHERE id = $1 AND level IN ('enterprise', 'site', 'area', 'line'))
         OR EXISTS (SELECT FROM line
                     WHERE $1 IN (id, enterprise, enterprise || '/' || site, enterprise || '/' || site || '/' || area))
         AS is_known`,
    [equipment],
  );
  return rows[0]?.is_known === true;
}
