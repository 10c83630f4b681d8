import type { Transaction } from "./statement.ts";

/** Answers its id. */
export async function insertCycleStandard(
  tx: Transaction,
  row: { subject: number; fromMs: number; toMs: number | null; idealCycleSeconds: number },
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO cycle_standard (subject, from_ts, to_ts, ideal_cycle_seconds)
     VALUES ($1, $2, $3, $4) RETURNING id::text`,
    [
      row.subject,
      new Date(row.fromMs),
      row.toMs === null ? null : new Date(row.toMs),
      row.idealCycleSeconds,
    ],
  );
  return rows[0]?.id ?? "";
}
