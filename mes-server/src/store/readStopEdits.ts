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

export interface EditRange {
  equipment: string;
  fromMs: number;
  toMs: number;
}

/**
 * Edits that say something of these times, undone ones and undos with them; an undo has the times of what it
 * undoes. With `knownAtMs`, only those that had been made by then.
 */
export async function readStopEdits(
  db: Transaction,
  { ranges, knownAtMs }: { ranges: readonly EditRange[]; knownAtMs?: number | undefined },
): Promise<KeptStopEdit[]> {
  const { rows } = await db.query<StopEditRow>({
    name: "readStopEdits",
    text: `SELECT e.id, e.equipment, e.kind, e.from_ts, e.to_ts, e.reason, e.undoes, e.note, e.actor,
                  e.occurred_at, e.known_at
             FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS r(equipment, from_ts, to_ts)
             JOIN stop_edit e ON e.equipment = r.equipment
              AND e.from_ts <= r.to_ts AND (e.to_ts IS NULL OR e.to_ts >= r.from_ts)
            WHERE e.known_at <= $4::timestamptz
            ORDER BY e.occurred_at, e.id`,
    values: [
      ranges.map(({ equipment }) => equipment),
      ranges.map(({ fromMs }) => new Date(fromMs)),
      ranges.map(({ toMs }) => new Date(toMs)),
      knownAt(knownAtMs),
    ],
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
