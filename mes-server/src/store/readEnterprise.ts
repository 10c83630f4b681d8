import type { Transaction } from "./statement.ts";

/** The enterprise of the plant, of which things are that belong to no line; `''` before any is known. */
export async function readEnterprise(tx: Transaction): Promise<string> {
  const { rows } = await tx.query<{ id: string | null }>(
    "SELECT min(id) AS id FROM equipment WHERE level = 'enterprise'",
  );
  return rows[0]?.id ?? "";
}
