import type { Transaction } from "./statement.ts";

/** Keys of signals by their ids; those that are not known are absent. */
export async function readSignalKeys(
  db: Transaction,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; key: number }>(
    "SELECT id, key FROM signal WHERE id = ANY($1)",
    [ids],
  );
  return new Map(rows.map(({ id, key }) => [id, key]));
}
