import type { KeptStopEdit } from "./readStopEdits.ts";
import type { Transaction } from "./statement.ts";

export async function insertStopEdit(tx: Transaction, edit: KeptStopEdit): Promise<void> {
  await tx.query(
    `INSERT INTO stop_edit (id, equipment, kind, from_ts, to_ts, reason, undoes, note, actor, occurred_at, known_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      edit.id,
      edit.equipment,
      edit.kind,
      new Date(edit.fromMs),
      edit.toMs === null ? null : new Date(edit.toMs),
      edit.reason ?? null,
      edit.undoes ?? null,
      edit.note,
      edit.actor,
      new Date(edit.occurredAtMs),
      new Date(edit.knownAtMs),
    ],
  );
}

/** Edits of one equipment take turns, so that each sees what the one before it has done. */
export async function lockStopsOf(tx: Transaction, equipment: string): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('stops of ' || $1, 0))", [
    equipment,
  ]);
}
