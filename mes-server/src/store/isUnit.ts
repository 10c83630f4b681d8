import type { Transaction } from "./statement.ts";

export async function isUnit(db: Transaction, id: string): Promise<boolean> {
  const { rows } = await db.query("SELECT FROM unit WHERE id = $1", [id]);
  return rows.length > 0;
}
