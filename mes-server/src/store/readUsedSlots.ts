import type { Transaction } from "./statement.ts";

/** Slots of a line that a job has held, or that a fact or a declaration names. */
export async function readUsedSlots(tx: Transaction, line: string): Promise<number[]> {
  const { rows } = await tx.query<{ slot: number }>(
    `SELECT s.slot FROM capacity_slot s
      WHERE s.line = $1
        AND (EXISTS (SELECT FROM job_interval i WHERE i.slot_key = s.key)
          OR EXISTS (SELECT FROM job_fact f WHERE f.line = $1 AND f.slot = s.slot)
          OR EXISTS (SELECT FROM count_declaration d WHERE d.line = $1 AND d.slot = s.slot))
      ORDER BY s.slot`,
    [line],
  );
  return rows.map(({ slot }) => slot);
}
