import type { Transaction } from "./statement.ts";

/**
 * Marks every hour of these lines that has been derived: it follows from what its units are, and that has
 * changed. Whoever derives hours meanwhile from what it read before begins again.
 */
export async function markDerivedHours(tx: Transaction, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const values = [[...new Set(lines)].sort()];
  await tx.query(
    `UPDATE line_recalculation r SET turn = r.turn + 1
       FROM (SELECT line FROM line_recalculation WHERE line = ANY($1) ORDER BY line FOR UPDATE) locked
      WHERE r.line = locked.line`,
    values,
  );
  await tx.query(
    `INSERT INTO dirty_hour (line, hour) SELECT line, hour FROM kpi_hour WHERE line = ANY($1)
      ORDER BY line, hour
     ON CONFLICT (line, hour) DO UPDATE SET marks = dirty_hour.marks + 1`,
    values,
  );
}
