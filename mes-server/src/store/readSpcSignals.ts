import type { SpcSignalRow } from "./replaceSpcSignals.ts";
import type { Transaction } from "./statement.ts";

interface Asked {
  fromMs: number;
  toMs: number;
  line?: string | undefined;
  characteristic?: string | undefined;
  rule?: string | undefined;
  /** Those before this place, `<ms> <characteristic> <rule> <measurement>`. */
  after?: { atMs: number; key: string } | undefined;
  limit: number;
}

/** Signals of a range in order of time; those of a line are those of its units too. */
export async function readSpcSignals(db: Transaction, asked: Asked): Promise<SpcSignalRow[]> {
  const { rows } = await db.query<Omit<SpcSignalRow, "atMs"> & { at: Date }>(
    `SELECT characteristic, rule, measurement, at, equipment, points
       FROM spc_signal
      WHERE at >= $1 AND at < $2
        AND ($3::text IS NULL OR equipment = $3 OR split_part(equipment, '.', 1) = $3)
        AND ($4::text IS NULL OR characteristic = $4)
        AND ($5::text IS NULL OR rule = $5)
        AND ($6::timestamptz IS NULL
             OR (at, characteristic || ' ' || rule || ' ' || measurement) > ($6, $7::text))
      ORDER BY at, characteristic || ' ' || rule || ' ' || measurement
      LIMIT $8`,
    [
      new Date(asked.fromMs),
      new Date(asked.toMs),
      asked.line ?? null,
      asked.characteristic ?? null,
      asked.rule ?? null,
      asked.after === undefined ? null : new Date(asked.after.atMs),
      asked.after?.key ?? null,
      asked.limit,
    ],
  );
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }));
}
