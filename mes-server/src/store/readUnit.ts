import type { Transaction } from "./statement.ts";

/** A unit and its line as the plant model has them; `undefined` if it knows no such unit. */
export async function readUnit(
  tx: Transaction,
  id: string,
): Promise<{ id: string; line: string; isRetired: boolean } | undefined> {
  const { rows } = await tx.query<{ id: string; line: string; isRetired: boolean }>(
    `SELECT u.id, u.line, (e.retired_at IS NOT NULL) AS "isRetired"
       FROM unit u JOIN equipment e ON e.id = u.id AND e.level = 'unit' WHERE u.id = $1`,
    [id],
  );
  return rows[0];
}
