import type { Transaction } from "./statement.ts";

/**
 * Raises the revision of a line's fold: a lane of any host that has folded what it has not committed is
 * refused, and loads the line as it is now. From here on nothing of the line is committed by others.
 */
export async function overtakeLineFold(tx: Transaction, line: string): Promise<void> {
  await tx.query("UPDATE line_fold SET revision = revision + 1 WHERE line = $1", [line]);
}
