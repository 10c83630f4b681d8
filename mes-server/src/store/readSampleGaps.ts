import type { GapReason } from "@only-mes/protocols/sparkplug/delivery";
import type { Pool } from "pg";

export interface SampleGapRow {
  /** A 64-bit number, as text. */
  id: string;
  source: string;
  device: string;
  fromMs: number;
  toMs: number;
  samples: number;
  reason: GapReason;
}

export interface SampleGapPage {
  beforeId: string | undefined;
  source: string | undefined;
  device: string | undefined;
  limit: number;
}

/** Gaps, the last told first. */
export async function readSampleGaps(pool: Pool, page: SampleGapPage): Promise<SampleGapRow[]> {
  const { beforeId, source, device, limit } = page;
  const { rows } = await pool.query<
    Omit<SampleGapRow, "fromMs" | "toMs" | "samples"> & { from: Date; to: Date; samples: string }
  >(
    `SELECT id::text AS id, source, device, from_ts AS "from", to_ts AS "to", samples::text AS samples,
            reason
       FROM sample_gap
      WHERE ($1::bigint IS NULL OR id < $1::bigint)
        AND ($2::text IS NULL OR source = $2) AND ($3::text IS NULL OR device = $3)
      ORDER BY sample_gap.id DESC
      LIMIT $4`,
    [beforeId ?? null, source ?? null, device ?? null, limit],
  );
  return rows.map(({ from, to, samples, ...row }) => ({
    ...row,
    fromMs: from.getTime(),
    toMs: to.getTime(),
    samples: Number(samples),
  }));
}
