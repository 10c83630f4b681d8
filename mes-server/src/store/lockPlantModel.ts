import type { Transaction } from "./statement.ts";

/** Changes of the plant model take turns until the end of the transaction: what is checked stays so. */
export async function lockPlantModel(tx: Transaction): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('plant model', 0))");
}
