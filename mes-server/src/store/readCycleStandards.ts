import type { CycleStandard } from "../domain/orders/cycle-standard.ts";
import type { Transaction } from "./statement.ts";

/** Ideal cycles of a line and its units that hold at any time of a window, in order of their beginning. */
export async function readCycleStandards(
  db: Transaction,
  window: { line: string; fromMs: number; toMs: number },
): Promise<CycleStandard[]> {
  const { rows } = await db.query<{
    equipment: string;
    product: string | null;
    from_ts: Date;
    to_ts: Date | null;
    ideal_cycle_seconds: number;
  }>(
    `SELECT s.equipment, s.product, c.from_ts, c.to_ts, c.ideal_cycle_seconds
       FROM cycle_standard_subject s
       JOIN cycle_standard c ON c.subject = s.key
      WHERE s.line = $1 AND c.from_ts < $3 AND (c.to_ts IS NULL OR c.to_ts > greatest($2, c.from_ts))
      ORDER BY c.from_ts, s.equipment, s.product`,
    [window.line, new Date(window.fromMs), new Date(window.toMs)],
  );
  return rows.map((row) => ({
    equipment: row.equipment,
    product: row.product,
    fromMs: row.from_ts.getTime(),
    toMs: row.to_ts === null ? null : row.to_ts.getTime(),
    idealCycleSeconds: row.ideal_cycle_seconds,
  }));
}
