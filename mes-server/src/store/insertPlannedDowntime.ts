import type { PlannedDowntimeRow } from "./readPlannedDowntimeRows.ts";
import type { Transaction } from "./statement.ts";

export async function insertPlannedDowntime(
  tx: Transaction,
  row: Omit<PlannedDowntimeRow, "cancelled" | "version">,
): Promise<void> {
  await tx.query(
    `INSERT INTO planned_downtime (id, equipment, kind, from_ts, to_ts, note)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [row.id, row.equipment, row.kind, new Date(row.fromMs), new Date(row.toMs), row.note],
  );
}
