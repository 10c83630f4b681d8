import type { Transaction } from "./statement.ts";

export async function endCycleStandard(
  tx: Transaction,
  id: string,
  toMs: number | null,
): Promise<void> {
  await tx.query("UPDATE cycle_standard SET to_ts = $2, version = version + 1 WHERE id = $1", [
    id,
    toMs === null ? null : new Date(toMs),
  ]);
}
