import type { Pool } from "pg";

/** The lowest and the highest id that are kept; both 0 if nothing is. */
export async function readOutboxBounds(
  db: Pick<Pool, "query">,
): Promise<{ lowestId: number; highestId: number }> {
  const { rows } = await db.query<{ lowest: string; highest: string }>(
    `SELECT coalesce(min(id), 0)::text AS lowest, coalesce(max(id), 0)::text AS highest FROM outbox`,
  );
  return { lowestId: Number(rows[0]?.lowest ?? 0), highestId: Number(rows[0]?.highest ?? 0) };
}
