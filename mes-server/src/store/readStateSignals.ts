import type { Transaction } from "./statement.ts";

/** Signals that are the machine state of a unit, or would be one: the newest birth of them makes it. */
export async function readStateSignals(
  tx: Transaction,
  unit: string,
): Promise<{ key: number; id: string }[]> {
  const { rows } = await tx.query<{ key: number; id: string }>(
    `SELECT key, id FROM signal WHERE unit = $1 AND definition ->> 'role' = 'machineState' ORDER BY id`,
    [unit],
  );
  return rows;
}
