import type { Transaction } from "./statement.ts";

/** How many subgroups were taken at a line and its units in a range, by hand and from signals. */
export async function countMeasurements(
  db: Transaction,
  { line, fromMs, toMs }: { line: string; fromMs: number; toMs: number },
): Promise<number> {
  const { rows } = await db.query<{ taken: number }>(
    `SELECT ((SELECT count(*) FROM measurement m
               WHERE id = subject AND split_part(equipment, '.', 1) = $1
                 AND taken_at >= $2 AND taken_at < $3
                 AND NOT EXISTS (SELECT FROM measurement c
                                  WHERE c.subject = m.id AND c.id <> c.subject AND c.is_withdrawn))
           + (SELECT count(*) FROM signal_measurement
               WHERE split_part(equipment, '.', 1) = $1
                 AND taken_at >= $2 AND taken_at < $3))::int AS taken`,
    [line, new Date(fromMs), new Date(toMs)],
  );
  return rows[0]?.taken ?? 0;
}
