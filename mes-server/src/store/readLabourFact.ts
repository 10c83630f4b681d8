import type { Transaction } from "./statement.ts";

/** Whose a sign-on or sign-off is, and where; `undefined` if there is none. */
export async function readLabourFact(
  db: Transaction,
  id: string,
): Promise<{ person: string; equipment: string | null } | undefined> {
  const { rows } = await db.query<{ person: string; equipment: string | null }>(
    "SELECT person, equipment FROM labour_fact WHERE id = $1 AND kind <> 'withdrawn'",
    [id],
  );
  return rows[0];
}
