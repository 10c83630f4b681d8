import type { Transaction } from "./statement.ts";

/** Ids of a line's enterprise, site and area. */
export async function readLevelsAbove(db: Transaction, line: string): Promise<string[]> {
  const { rows } = await db.query<{ above: string[] }>({
    name: "readLevelsAbove",
    text: `SELECT ARRAY[enterprise, enterprise || '/' || site, enterprise || '/' || site || '/' || area] AS above
             FROM line WHERE id = $1`,
    values: [line],
  });
  return rows[0]?.above ?? [];
}
