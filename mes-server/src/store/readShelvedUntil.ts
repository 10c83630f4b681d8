import type { Transaction } from "./statement.ts";

/** Alarms whose shelving has ended by then. */
export async function readShelvedUntil(
  tx: Transaction,
  nowMs: number,
): Promise<{ id: string; untilMs: number }[]> {
  const { rows } = await tx.query<{ id: string; shelved_until: Date }>({
    name: "readShelvedUntil",
    text: "SELECT id, shelved_until FROM alarm WHERE shelved_until <= $1 ORDER BY id",
    values: [new Date(nowMs)],
  });
  return rows.map(({ id, shelved_until }) => ({ id, untilMs: shelved_until.getTime() }));
}
