import type { Transaction } from "./statement.ts";

/** Lets commands that write products or production orders take turns, until the end of the transaction. */
export async function lockMasterData(
  tx: Transaction,
  kind: "product" | "production-order",
): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", [kind]);
}
