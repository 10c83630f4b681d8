import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { Transaction } from "./statement.ts";

export interface RefoldPage {
  rows: number;
  /** JSON array of `[tsMs, epoch, sequence, ordinal, quality, value, text, quarantined]`. */
  samples: string;
}

/**
 * The next samples of a signal in fold order, as text for its lane: this thread does not look into
 * them. Begins with source time `fromMs`, or behind `after`.
 */
export async function loadRefoldPage(
  tx: Transaction,
  of: { signal: number; unit: string; fromMs: number; after: SampleKey | undefined; limit: number },
): Promise<RefoldPage> {
  const after = of.after ?? { tsMs: of.fromMs, epoch: -1, sequence: -1, ordinal: -1 };
  const { rows } = await tx.query<{ rows: number; samples: string | null }>({
    name: "loadRefoldPage",
    text: `SELECT count(*)::int AS rows,
                  json_agg(json_build_array((extract(epoch FROM s.ts) * 1000)::bigint, s.epoch,
                    s.sequence, s.ordinal, s.quality, s.value, s.text, e.ts IS NOT NULL)
                    ORDER BY s.ts, s.epoch, s.sequence, s.ordinal)::text AS samples
             FROM (
               SELECT * FROM sample
                WHERE signal = $1 AND ts >= $2
                  AND (ts, epoch, sequence, ordinal) > ($2, $3::bigint, $4::bigint, $5::int)
                ORDER BY ts, epoch, sequence, ordinal LIMIT $7) s
             LEFT JOIN count_event e
               ON e.unit = $6 AND e.signal = $1 AND e.kind = 'quarantined' AND e.ts >= $2
              AND e.ts = s.ts AND e.epoch = s.epoch AND e.sequence = s.sequence
              AND e.ordinal = s.ordinal`,
    values: [
      of.signal,
      new Date(after.tsMs),
      after.epoch,
      after.sequence,
      after.ordinal,
      of.unit,
      of.limit,
    ],
  });
  const [page] = rows;
  return { rows: page?.rows ?? 0, samples: page?.samples ?? "[]" };
}
