import type { Pool } from "pg";

export async function readLineIds(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM line ORDER BY id");
  return rows.map(({ id }) => id);
}
