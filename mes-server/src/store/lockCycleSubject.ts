import type { Transaction } from "./statement.ts";

/** The key of what an ideal cycle is of, made if it is new; commands about it take turns from here on. */
export async function lockCycleSubject(
  tx: Transaction,
  subject: { line: string; equipment: string; product: string | null },
): Promise<number> {
  const { line, equipment, product } = subject;
  await tx.query(
    `INSERT INTO cycle_standard_subject (line, equipment, product)
     SELECT $1, $2, $3::text
      WHERE NOT EXISTS (SELECT FROM cycle_standard_subject
                         WHERE equipment = $2 AND product IS NOT DISTINCT FROM $3::text)
     ON CONFLICT DO NOTHING`,
    [line, equipment, product],
  );
  const { rows } = await tx.query<{ key: number }>(
    `SELECT key FROM cycle_standard_subject
      WHERE equipment = $1 AND product IS NOT DISTINCT FROM $2::text FOR UPDATE`,
    [equipment, product],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no subject of ${equipment} and ${product}`);
  return row.key;
}
