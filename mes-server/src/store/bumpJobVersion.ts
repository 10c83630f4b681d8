import type { Transaction } from "./statement.ts";

/** Something was told of a job: whoever has read it before has not seen that. */
export async function bumpJobVersion(tx: Transaction, job: string): Promise<void> {
  await tx.query("UPDATE job SET version = version + 1 WHERE id = $1", [job]);
}
