import type { Transaction } from "./statement.ts";

/** What is derived of a characteristic follows from all its measurements: one transaction at a time. */
export async function lockCharacteristics(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('characteristic ' || id, 0))
       FROM (SELECT DISTINCT id FROM unnest($1::text[]) AS c(id) ORDER BY id) AS ordered`,
    [ids],
  );
}
