import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { Transaction } from "./statement.ts";

export interface WatchedSampleRow extends SampleKey {
  signal: number;
  quality: number;
  value: number | null;
  text: string | null;
}

/**
 * The samples of signals that follow their places, each signal's in fold order; at most `limit` of a
 * signal. Where all of them are more than `rowsMax`, some signals have none yet.
 */
export async function readWatchedSamples(
  tx: Transaction,
  places: readonly Place[],
  { limit, rowsMax }: { limit: number; rowsMax: number },
): Promise<WatchedSampleRow[]> {
  const newestMs = Math.max(...places.map(({ after }) => after.tsMs));
  const isRecent = ({ after }: Place): boolean => after.tsMs > newestMs - recentMs;
  const recent = await readFrom(tx, places.filter(isRecent), limit, rowsMax);
  if (recent.length === rowsMax) return recent;
  const rest = places.filter((place) => !isRecent(place));
  return [...recent, ...(await readFrom(tx, rest, limit, rowsMax - recent.length))];
}

interface Place {
  signal: number;
  after: SampleKey;
}

/** A signal that rests for days must not make the statement of all others look into old chunks. */
const recentMs = 3_600_000;

async function readFrom(
  tx: Transaction,
  places: readonly Place[],
  limit: number,
  rowsMax: number,
): Promise<WatchedSampleRow[]> {
  if (places.length === 0) return [];
  const { rows } = await tx.query<{
    signal: number;
    ts: Date;
    epoch: string;
    sequence: string;
    ordinal: number;
    quality: number;
    value: number | null;
    text: string | null;
  }>({
    name: "readWatchedSamples",
    text: `SELECT p.signal, s.*
             FROM unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::int[])
               AS p(signal, ts, epoch, sequence, ordinal)
            CROSS JOIN LATERAL (
              SELECT ts, epoch, sequence, ordinal, quality, value, text FROM sample
               WHERE signal = p.signal AND ts >= p.ts AND ts >= $6
                 AND (ts, epoch, sequence, ordinal) > (p.ts, p.epoch, p.sequence, p.ordinal)
               ORDER BY ts, epoch, sequence, ordinal LIMIT $7) s
            LIMIT $8`,
    values: [
      places.map(({ signal }) => signal),
      places.map(({ after }) => new Date(after.tsMs)),
      places.map(({ after }) => after.epoch),
      places.map(({ after }) => after.sequence),
      places.map(({ after }) => after.ordinal),
      new Date(Math.min(...places.map(({ after }) => after.tsMs))),
      limit,
      rowsMax,
    ],
  });
  return rows.map(({ ts, epoch, sequence, ...row }) => ({
    ...row,
    tsMs: ts.getTime(),
    epoch: Number(epoch),
    sequence: Number(sequence),
  }));
}
