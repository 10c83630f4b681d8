import type { Transaction } from "./statement.ts";

export interface CapacitySlotRow {
  key: number;
  line: string;
  slot: number;
  units: string[];
}

/** Slots of a line, or of all, in order. A line that was never given any has none here, and slot 1 in truth. */
export async function readCapacitySlots(
  db: Transaction,
  line: string | undefined,
): Promise<CapacitySlotRow[]> {
  const { rows } = await db.query<CapacitySlotRow>(
    `SELECT key, line, slot, units FROM capacity_slot
      WHERE $1::text IS NULL OR line = $1
      ORDER BY line, slot`,
    [line ?? null],
  );
  return rows;
}
