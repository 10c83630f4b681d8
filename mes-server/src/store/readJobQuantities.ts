import type { Transaction } from "./statement.ts";

/** How much each of some jobs is to make. */
export async function readJobQuantities(
  db: Transaction,
  jobs: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; quantity: string }>(
    "SELECT id, quantity::text FROM job WHERE id = ANY($1)",
    [jobs],
  );
  return new Map(rows.map(({ id, quantity }) => [id, Number(quantity)]));
}
