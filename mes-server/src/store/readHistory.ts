import type { Pool } from "pg";

export interface HistoryRow {
  atMs: number;
  min: number | null;
  max: number | null;
  first: number | null;
  last: number | null;
  lastText: string | null;
  count: number;
}

/**
 * What a signal did in each bucket of a window: buckets lie on absolute time, counted from 1970, and
 * those without a good sample are absent. A sample that could not be read is no value.
 */
export async function readHistory(
  pool: Pool,
  window: { signal: number; fromMs: number; toMs: number; bucketMs: number },
): Promise<HistoryRow[]> {
  const { rows } = await pool.query<{
    bucket: Date;
    min: number | null;
    max: number | null;
    first: number | null;
    last: number | null;
    last_text: string | null;
    count: string;
  }>(
    `SELECT time_bucket(make_interval(secs => $4::float8 / 1000), ts, timestamptz '1970-01-01T00:00:00Z') AS bucket,
            min(value) AS min, max(value) AS max,
            first(value, ts) AS first, last(value, ts) AS last,
            last(text, ts) AS last_text, count(*) AS count
       FROM sample
      WHERE signal = $1 AND ts >= $2 AND ts < $3 AND quality = 192
        AND (value IS NOT NULL OR text IS NOT NULL)
      GROUP BY bucket
      ORDER BY bucket`,
    [window.signal, new Date(window.fromMs), new Date(window.toMs), window.bucketMs],
  );
  return rows.map(({ bucket, last_text, count, ...row }) => ({
    ...row,
    atMs: bucket.getTime(),
    lastText: last_text,
    count: Number(count),
  }));
}
