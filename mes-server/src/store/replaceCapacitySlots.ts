import type { Transaction } from "./statement.ts";

/** Makes these the slots of a line, slot 1 first; those beyond them must not have been used. */
export async function replaceCapacitySlots(
  tx: Transaction,
  line: string,
  slots: readonly { units: readonly string[] }[],
): Promise<void> {
  await tx.query("DELETE FROM capacity_slot WHERE line = $1 AND slot > $2", [line, slots.length]);
  for (const [place, { units }] of slots.entries()) {
    await tx.query(
      `INSERT INTO capacity_slot (line, slot, units) VALUES ($1, $2, $3)
       ON CONFLICT (line, slot) DO UPDATE SET units = excluded.units`,
      [line, place + 1, units],
    );
  }
}
