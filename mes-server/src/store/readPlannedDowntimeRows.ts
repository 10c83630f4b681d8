import type { PlannedDowntime } from "../domain/calendar/planned-time.ts";
import type { Transaction } from "./statement.ts";

/** Planned downtime as people have planned it. */
export interface PlannedDowntimeRow extends PlannedDowntime {
  id: string;
  note: string;
  cancelled: boolean;
  version: number;
}

interface StoredRow extends Omit<PlannedDowntimeRow, "fromMs" | "toMs"> {
  from_ts: Date;
  to_ts: Date;
}

const columns = "id, equipment, kind, from_ts, to_ts, note, cancelled, version";

/** Those that touch a range, in order of beginning and id, at most `limit`, from behind a position on. */
export async function readPlannedDowntimeRows(
  db: Transaction,
  asked: {
    fromMs: number;
    toMs: number;
    equipment?: readonly string[] | undefined;
    kind?: string | undefined;
    withCancelled: boolean;
    after?: { fromMs: number; id: string } | undefined;
    limit: number;
  },
): Promise<PlannedDowntimeRow[]> {
  const { rows } = await db.query<StoredRow>(
    `SELECT ${columns} FROM planned_downtime
      WHERE from_ts < $2 AND to_ts > $1
        AND ($3::text[] IS NULL OR equipment = ANY($3))
        AND ($4::text IS NULL OR kind = $4)
        AND ($5 OR NOT cancelled)
        AND ($6::timestamptz IS NULL OR (from_ts, id) > ($6, $7))
      ORDER BY from_ts, id LIMIT $8`,
    [
      new Date(asked.fromMs),
      new Date(asked.toMs),
      asked.equipment ?? null,
      asked.kind ?? null,
      asked.withCancelled,
      asked.after === undefined ? null : new Date(asked.after.fromMs),
      asked.after?.id ?? "",
      asked.limit,
    ],
  );
  return rows.map(rowOf);
}

/** Locked until the end of the transaction, where `db` is one. */
export async function readPlannedDowntimeRow(
  db: Transaction,
  id: string,
): Promise<PlannedDowntimeRow | undefined> {
  const { rows } = await db.query<StoredRow>(
    `SELECT ${columns} FROM planned_downtime WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows.map(rowOf)[0];
}

function rowOf({ from_ts, to_ts, ...row }: StoredRow): PlannedDowntimeRow {
  return { ...row, fromMs: from_ts.getTime(), toMs: to_ts.getTime() };
}
