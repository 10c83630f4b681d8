import type { Pool } from "pg";

export interface SourceRow {
  source: string;
  epoch: string;
  /** Both ends included, ascending; the newest {@link rangesMax}. */
  committed: [number, number][];
  samples: number;
}

const rangesMax = 256;

/** The delivery cursor of every source and epoch. */
export async function readSources(pool: Pool): Promise<SourceRow[]> {
  const { rows } = await pool.query<{
    source: string;
    epoch: string;
    samples: string;
    firsts: string[];
    lasts: string[];
  }>(
    `SELECT c.source, c.epoch::text AS epoch, c.samples::text AS samples,
            coalesce(r.firsts, '{}') AS firsts, coalesce(r.lasts, '{}') AS lasts
       FROM delivery_cursor c
       LEFT JOIN LATERAL (
         SELECT array_agg(lower(span)::text ORDER BY lower(span)) AS firsts,
                array_agg((upper(span) - 1)::text ORDER BY lower(span)) AS lasts
           FROM (SELECT span FROM unnest(c.committed) AS span
                  ORDER BY lower(span) DESC LIMIT $1) newest
       ) r ON true
      ORDER BY c.source, c.epoch`,
    [rangesMax],
  );
  return rows.map(({ source, epoch, samples, firsts, lasts }) => ({
    source,
    epoch,
    samples: Number(samples),
    committed: firsts.map((first, index) => [Number(first), Number(lasts[index])]),
  }));
}
