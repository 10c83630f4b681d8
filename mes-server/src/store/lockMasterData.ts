import type { Transaction } from "./statement.ts";

/** Lets commands that create or change products, production orders or jobs take turns, until the end of the transaction. */
export async function lockMasterData(
  tx: Transaction,
  kind: "product" | "production-order" | "job",
): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", [kind]);
}
