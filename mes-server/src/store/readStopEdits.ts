import type { StopEdit } from "../domain/stops/stop-edit.ts";
import type { Transaction } from "./statement.ts";

/** An edit as it is kept. */
export interface KeptStopEdit extends StopEdit {
  note: string;
  actor: string;
  knownAtMs: number;
}

/** A row of table `stop_edit`. */
export interface StopEditRow {
  id: string;
  equipment: string;
  kind: StopEdit["kind"];
  from_ts: Date;
  to_ts: Date | null;
  reason: string | null;
  undoes: string | null;
  note: string;
  actor: string;
  occurred_at: Date;
  known_at: Date;
}

/**
 * Edits that say something of a window, undone ones and undos with them; an undo has the times of what
 * it undoes. With `knownAtMs`, only those that had been made by then.
 */
export async function readStopEdits(
  db: Transaction,
  of: {
    equipment: readonly string[];
    fromMs: number;
    toMs: number;
    knownAtMs?: number | undefined;
  },
): Promise<KeptStopEdit[]> {
  const { rows } = await db.query<StopEditRow>({
    name: "readStopEdits",
    text: `SELECT id, equipment, kind, from_ts, to_ts, reason, undoes, note, actor, occurred_at, known_at
             FROM stop_edit
            WHERE equipment = ANY($1) AND from_ts <= $3 AND (to_ts IS NULL OR to_ts >= $2)
              AND known_at <= $4::timestamptz
            ORDER BY occurred_at, id`,
    values: [of.equipment, new Date(of.fromMs), new Date(of.toMs), knownAt(of.knownAtMs)],
  });
  return rows.map(keptStopEdit);
}

export function keptStopEdit(row: StopEditRow): KeptStopEdit {
  return {
    id: row.id,
    equipment: row.equipment,
    kind: row.kind,
    fromMs: row.from_ts.getTime(),
    toMs: row.to_ts === null ? null : row.to_ts.getTime(),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.undoes !== null && { undoes: row.undoes }),
    note: row.note,
    actor: row.actor,
    occurredAtMs: row.occurred_at.getTime(),
    knownAtMs: row.known_at.getTime(),
  };
}

function knownAt(knownAtMs: number | undefined): Date | string {
  return knownAtMs === undefined ? "infinity" : new Date(knownAtMs);
}
