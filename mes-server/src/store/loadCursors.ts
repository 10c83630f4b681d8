import type { SequenceRange } from "@only-mes/protocols/sparkplug/delivery";
import type { Pool } from "pg";

export interface StoredCursor {
  source: string;
  epoch: number;
  ranges: SequenceRange[];
}

/** What is committed of every source, or of one. */
export async function loadCursors(pool: Pool, source?: string): Promise<StoredCursor[]> {
  const { rows } = await pool.query<{
    source: string;
    epoch: string;
    firsts: string[] | null;
    lasts: string[] | null;
  }>(
    `SELECT c.source, c.epoch::text,
            (SELECT array_agg(lower(r)::text ORDER BY lower(r)) FROM unnest(c.committed) r) AS firsts,
            (SELECT array_agg((upper(r) - 1)::text ORDER BY lower(r)) FROM unnest(c.committed) r) AS lasts
       FROM delivery_cursor c
      WHERE $1::text IS NULL OR c.source = $1`,
    [source ?? null],
  );
  return rows.map(({ source, epoch, firsts, lasts }) => ({
    source,
    epoch: Number(epoch),
    ranges: (firsts ?? []).map((first, index) => [Number(first), Number(lasts?.[index] ?? first)]),
  }));
}
