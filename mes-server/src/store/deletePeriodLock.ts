import type { Transaction } from "./statement.ts";

export async function deletePeriodLock(tx: Transaction, equipment: string): Promise<void> {
  await tx.query("DELETE FROM period_lock WHERE equipment = $1", [equipment]);
}
