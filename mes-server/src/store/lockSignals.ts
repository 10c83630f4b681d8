import type { Transaction } from "./statement.ts";

/** Keys of the signals of these lines and units; births of them wait until the end of the transaction. */
export async function lockSignals(
  tx: Transaction,
  of: { lines: readonly string[]; units: readonly string[] },
): Promise<number[]> {
  const { rows } = await tx.query<{ key: number }>(
    `SELECT s.key FROM signal s JOIN unit u ON u.id = s.unit
      WHERE u.line = ANY($1) OR s.unit = ANY($2) ORDER BY s.key FOR UPDATE OF s`,
    [of.lines, of.units],
  );
  return rows.map(({ key }) => key);
}
