import type { PlannedDowntimeRow } from "./readPlannedDowntimeRows.ts";
import type { Transaction } from "./statement.ts";

export async function updatePlannedDowntime(
  tx: Transaction,
  row: Omit<PlannedDowntimeRow, "equipment">,
): Promise<void> {
  await tx.query(
    `UPDATE planned_downtime
        SET kind = $2, from_ts = $3, to_ts = $4, note = $5, cancelled = $6, version = $7
      WHERE id = $1`,
    [
      row.id,
      row.kind,
      new Date(row.fromMs),
      new Date(row.toMs),
      row.note,
      row.cancelled,
      row.version,
    ],
  );
}
