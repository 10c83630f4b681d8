import type { Transaction } from "./statement.ts";

/** The greatest place in the dispatch queue of a line; 0 if it is empty. */
export async function readLastSequence(tx: Transaction, line: string): Promise<number> {
  const { rows } = await tx.query<{ last: number }>(
    "SELECT coalesce(max(sequence), 0) AS last FROM job WHERE line = $1 AND state = 'Ready'",
    [line],
  );
  return rows[0]?.last ?? 0;
}
