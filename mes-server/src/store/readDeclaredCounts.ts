import type { DeclaredCount } from "../domain/orders/declared-count.ts";
import type { Transaction } from "./statement.ts";

/** What was declared by hand on a line and its units in a window that ends before `toMs`, in order of time. */
export async function readDeclaredCounts(
  db: Transaction,
  window: { line: string; fromMs: number; toMs: number },
): Promise<DeclaredCount[]> {
  const { rows } = await db.query<
    Omit<DeclaredCount, "atMs" | "quantity"> & { at: Date; quantity: string }
  >(
    `SELECT equipment, role, at, quantity, slot
       FROM count_declaration
      WHERE line = $1 AND at >= $2 AND at < $3
      ORDER BY at, command`,
    [window.line, new Date(window.fromMs), new Date(window.toMs)],
  );
  return rows.map(({ at, quantity, ...row }) => ({
    ...row,
    atMs: at.getTime(),
    quantity: Number(quantity),
  }));
}
