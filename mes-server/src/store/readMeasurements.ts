import type { Subgroup } from "../domain/quality/subgroup.ts";
import type { Transaction } from "./statement.ts";

/** A measurement as it is believed now: as it was taken, or as its last correction says. */
export interface MeasurementRow extends Subgroup {
  characteristic: string;
  equipment: string;
  /** A reference; null: it was picked from a signal. */
  actor: string | null;
  isCorrected: boolean;
  isWithdrawn: boolean;
  note: string;
}

interface Asked {
  characteristic: string;
  fromMs: number;
  /** Not part of it; `null`: no end. */
  toMs: number | null;
  /** Those that come after this one. */
  after?: { atMs: number; id: string } | undefined;
  limit: number;
  /** Whether those that were withdrawn are told too. */
  withWithdrawn?: boolean;
}

/** Measurements of a range in order of time, the first ones up to the limit. */
export async function readMeasurements(db: Transaction, asked: Asked): Promise<MeasurementRow[]> {
  return read(db, asked, "ASC");
}

/** The last ones of a range, up to the limit, in order of time. */
export async function readLastMeasurements(
  db: Transaction,
  asked: Asked,
): Promise<MeasurementRow[]> {
  return (await read(db, asked, "DESC")).reverse();
}

async function read(
  db: Transaction,
  { characteristic, fromMs, toMs, after, limit, withWithdrawn = false }: Asked,
  direction: "ASC" | "DESC",
): Promise<MeasurementRow[]> {
  const { rows } = await db.query<{
    id: string;
    characteristic: string;
    equipment: string;
    taken_at: Date;
    readings: number[] | null;
    inspected: number | null;
    actor: string | null;
    is_corrected: boolean;
    is_withdrawn: boolean;
    note: string;
  }>(
    `SELECT * FROM (
       (${branch("measurement", "o.inspected, o.actor, o.note", "o.id = o.subject", direction)})
       UNION ALL
       (${branch("signal_measurement", "NULL::int, NULL::text, ''", "true", direction)})
     ) AS either
     ORDER BY taken_at ${direction}, id ${direction}
     LIMIT $6`,
    [
      characteristic,
      new Date(fromMs),
      toMs === null ? "infinity" : new Date(toMs),
      after === undefined ? "-infinity" : new Date(after.atMs),
      after?.id ?? "",
      limit,
      withWithdrawn,
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    atMs: row.taken_at.getTime(),
    values: row.readings,
    inspected: row.inspected,
    characteristic: row.characteristic,
    equipment: row.equipment,
    actor: row.actor,
    isCorrected: row.is_corrected,
    isWithdrawn: row.is_withdrawn,
    note: row.note,
  }));
}

function branch(table: string, own: string, isOriginal: string, direction: "ASC" | "DESC"): string {
  const [inspected, actor, note] = own.split(", ");
  return `
    SELECT o.id, o.characteristic, o.equipment, o.taken_at,
           CASE WHEN c.id IS NULL THEN o.readings ELSE c.readings END AS readings,
           CASE WHEN c.id IS NULL THEN ${inspected} ELSE c.inspected END AS inspected,
           CASE WHEN c.id IS NULL THEN ${actor} ELSE c.actor END AS actor,
           c.id IS NOT NULL AS is_corrected,
           coalesce(c.is_withdrawn, false) AS is_withdrawn,
           coalesce(c.note, ${note}) AS note
      FROM ${table} o
      LEFT JOIN LATERAL (
        SELECT id, readings, inspected, actor, is_withdrawn, note
          FROM measurement
         WHERE subject = o.id AND id <> subject
         ORDER BY said_at DESC, id DESC
         LIMIT 1
      ) c ON true
     WHERE ${isOriginal} AND o.characteristic = $1 AND o.taken_at >= $2 AND o.taken_at < $3
       AND o.taken_at >= $4 AND (o.taken_at, o.id) > ($4::timestamptz, $5::text)
       AND ($7 OR NOT coalesce(c.is_withdrawn, false))
     ORDER BY o.taken_at ${direction}, o.id ${direction}
     LIMIT $6`;
}
