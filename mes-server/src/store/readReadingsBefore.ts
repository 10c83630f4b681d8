import { qualityGood } from "@only-mes/protocols/plant/signal";
import type { Reading } from "../domain/alarms/conditionRules.ts";
import type { Transaction } from "./statement.ts";

/** Beyond so many readings within a delay, the oldest ones are not looked at. */
const readingsMax = 100_000;

/** Readings of a signal before `toMs`: those since `fromMs`, and two more. In fold order. */
export async function readReadingsBefore(
  tx: Transaction,
  { signal, fromMs, toMs }: { signal: number; fromMs: number; toMs: number },
): Promise<Reading[]> {
  const order = "ts DESC, epoch DESC, sequence DESC, ordinal DESC";
  const { rows } = await tx.query<{ ts: Date; quality: number; value: number | null }>(
    `SELECT ts, quality, value FROM (
       (SELECT * FROM sample WHERE signal = $1 AND ts >= $2 AND ts < $3
         ORDER BY ${order} LIMIT ${readingsMax})
       UNION ALL
       (SELECT * FROM sample WHERE signal = $1 AND ts < $2 ORDER BY ${order} LIMIT 2)) s
      ORDER BY ts, epoch, sequence, ordinal`,
    [signal, new Date(fromMs), new Date(toMs)],
  );
  return rows.map(readingOf);
}

/** A reading of bad quality shows nothing. */
function readingOf({ ts, quality, value }: { ts: Date; quality: number; value: number | null }) {
  return { tsMs: ts.getTime(), value: quality === qualityGood ? value : null };
}
