import type { Transaction } from "./statement.ts";

/** Hours of lines from an instant on whose closed figures were adjusted: they are derived again. */
export async function markAdjustedHours(
  tx: Transaction,
  lines: readonly string[],
  fromMs: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO dirty_hour (line, hour)
     SELECT DISTINCT line, date_trunc('hour', from_ts) FROM kpi_adjustment
      WHERE line = ANY($1) AND from_ts >= $2
      ORDER BY 1, 2
     ON CONFLICT (line, hour) DO UPDATE SET marks = dirty_hour.marks + 1`,
    [lines, new Date(fromMs)],
  );
}
