import type { Transaction } from "./statement.ts";

/** Those of the signals whose late samples have not been folded yet. */
export async function loadDirtyWindows(
  tx: Transaction,
  signals: readonly number[],
): Promise<number[]> {
  if (signals.length === 0) return [];
  const { rows } = await tx.query<{ signal: number }>(
    "SELECT signal FROM dirty_window WHERE signal = ANY($1)",
    [signals],
  );
  return rows.map(({ signal }) => signal);
}
