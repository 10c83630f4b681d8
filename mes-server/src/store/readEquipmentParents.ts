import type { Pool } from "pg";

export interface EquipmentParent {
  id: string;
  /** null at the top. */
  parent: string | null;
}

/** All equipment with what it lies under at an instant. */
export async function readEquipmentParents(
  db: Pick<Pool, "query">,
  atMs: number,
): Promise<EquipmentParent[]> {
  const { rows } = await db.query<EquipmentParent>({
    name: "readEquipmentParents",
    text: `SELECT c.id, p.id AS parent
             FROM equipment c
             LEFT JOIN equipment_parent ep ON ep.child = c.key
              AND tstzrange(ep.valid_from, ep.valid_to) @> $1::timestamptz
             LEFT JOIN equipment p ON p.key = ep.parent`,
    values: [new Date(atMs)],
  });
  return rows;
}
