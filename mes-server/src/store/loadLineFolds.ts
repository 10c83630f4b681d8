import type { Transaction } from "./statement.ts";

/** The revision of the fold of each line; lines that nobody folded yet begin here. */
export async function loadLineFolds(
  tx: Transaction,
  lines: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ line: string; revision: string }>(
    "SELECT line, revision::text FROM line_fold WHERE line = ANY($1)",
    [lines],
  );
  return new Map(rows.map(({ line, revision }) => [line, Number(revision)]));
}
