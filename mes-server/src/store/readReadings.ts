import type { Reading } from "../domain/quality/signal-subgroups.ts";
import type { Transaction } from "./statement.ts";

/** Good samples of a signal in a range, in fold order. */
export async function readReadings(
  db: Transaction,
  { signal, fromMs, toMs }: { signal: number; fromMs: number; toMs: number },
): Promise<Reading[]> {
  const { rows } = await db.query<{ ts: Date; value: number }>(
    `SELECT ts, value
       FROM sample
      WHERE signal = $1 AND ts >= $2 AND ts < $3 AND quality = 192
        AND value > '-Infinity' AND value < 'Infinity'
      ORDER BY ts, epoch, sequence, ordinal`,
    [signal, new Date(fromMs), new Date(toMs)],
  );
  return rows.map(({ ts, value }) => ({ atMs: ts.getTime(), value }));
}
