import type { Transaction } from "./statement.ts";

/** When operators of a line were told of an alarm: raises that were not hidden, nor came late. */
export async function readShownRaises(
  tx: Transaction,
  { line, fromMs }: { line: string; fromMs: number },
): Promise<number[]> {
  const { rows } = await tx.query<{ raised_at: Date }>(
    `SELECT raised_at FROM alarm_occurrence
      WHERE line = $1 AND raised_at >= $2 AND NOT is_late
        AND before_state NOT IN ('shelved', 'suppressedByDesign', 'outOfService')
      ORDER BY raised_at`,
    [line, new Date(fromMs)],
  );
  return rows.map(({ raised_at }) => raised_at.getTime());
}
