import type { Pool } from "pg";

/** Level of ISA-95; `undefined` if there is no such equipment. */
export async function readEquipmentLevel(
  db: Pick<Pool, "query">,
  id: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ level: string }>("SELECT level FROM equipment WHERE id = $1", [
    id,
  ]);
  return rows[0]?.level;
}
