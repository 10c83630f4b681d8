import type { CycleStandard } from "../domain/orders/cycle-standard.ts";
import type { Transaction } from "./statement.ts";

export interface CycleStandardRow extends CycleStandard {
  /** A 64-bit number, as text. */
  id: string;
  line: string;
  subject: number;
  version: number;
}

export interface CycleStandardPage {
  afterId: string | undefined;
  line: string | undefined;
  equipment: string | undefined;
  product: string | undefined;
  /** Those that hold at this time. */
  atMs: number | undefined;
  limit: number;
}

/** Ideal cycles in the order in which they were given, at most `limit`. */
export async function readCycleStandardRows(
  db: Transaction,
  page: CycleStandardPage,
): Promise<CycleStandardRow[]> {
  const { rows } = await db.query<RawStandard>(
    `${select}
      WHERE ($1::bigint IS NULL OR c.id > $1::bigint)
        AND ($2::text IS NULL OR s.line = $2)
        AND ($3::text IS NULL OR s.equipment = $3)
        AND ($4::text IS NULL OR s.product = $4)
        AND ($5::timestamptz IS NULL OR (c.from_ts <= $5 AND (c.to_ts IS NULL OR c.to_ts > $5)))
      ORDER BY c.id LIMIT $6`,
    [
      page.afterId ?? null,
      page.line ?? null,
      page.equipment ?? null,
      page.product ?? null,
      page.atMs === undefined ? null : new Date(page.atMs),
      page.limit,
    ],
  );
  return rows.map(standardOf);
}

/** One of them. With its subject locked, so that nobody gives another one meanwhile. */
export async function lockCycleStandard(
  tx: Transaction,
  id: string,
): Promise<CycleStandardRow | undefined> {
  const { rows } = await tx.query<RawStandard>(`${select} WHERE c.id = $1 FOR UPDATE`, [id]);
  return rows.map(standardOf)[0];
}

/** Of a subject, one that holds at some time of a range. */
export async function readOverlappingStandard(
  tx: Transaction,
  range: { subject: number; fromMs: number; toMs: number | null; exceptId: string | undefined },
): Promise<CycleStandardRow | undefined> {
  const { rows } = await tx.query<RawStandard>(
    `${select}
      WHERE c.subject = $1 AND c.id IS DISTINCT FROM $4::bigint
        AND tstzrange(c.from_ts, c.to_ts) && tstzrange($2, $3)
      ORDER BY c.from_ts LIMIT 1`,
    [
      range.subject,
      new Date(range.fromMs),
      range.toMs === null ? null : new Date(range.toMs),
      range.exceptId ?? null,
    ],
  );
  return rows.map(standardOf)[0];
}

const select = `
  SELECT c.id::text, c.subject, c.from_ts, c.to_ts, c.ideal_cycle_seconds, c.version, s.line, s.equipment,
         s.product
    FROM cycle_standard c JOIN cycle_standard_subject s ON s.key = c.subject`;

interface RawStandard extends Omit<CycleStandardRow, "fromMs" | "toMs" | "idealCycleSeconds"> {
  from_ts: Date;
  to_ts: Date | null;
  ideal_cycle_seconds: number;
}

function standardOf({
  from_ts,
  to_ts,
  ideal_cycle_seconds,
  ...row
}: RawStandard): CycleStandardRow {
  return {
    ...row,
    fromMs: from_ts.getTime(),
    toMs: to_ts === null ? null : to_ts.getTime(),
    idealCycleSeconds: ideal_cycle_seconds,
  };
}
