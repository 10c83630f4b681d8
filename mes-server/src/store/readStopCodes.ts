import { qualityGood } from "@only-mes/protocols/plant/signal";
import { stopCodeWaitMs, type StopCode } from "../domain/stops/deriveStops.ts";
import type { Transaction } from "./statement.ts";

/** How far back a value is looked for that still holds: a healthy signal is sent again long before. */
const heldMsMax = 24 * 3_600_000;

/**
 * The stop codes that matter to stops which begin at these instants: what held then, and the first code that
 * came within the time that is waited for. Each is found by the index, however long the stops are.
 */
export async function readStopCodes(
  db: Transaction,
  begins: readonly { unit: string; atMs: number }[],
): Promise<Map<string, StopCode[]>> {
  const found = new Map<string, StopCode[]>();
  if (begins.length === 0) return found;
  const { rows } = await db.query<{ unit: string; ts: Date; value: number }>(
    `WITH code AS (
       SELECT key, unit FROM signal
        WHERE unit = ANY($1::text[]) AND definition->>'role' = 'stopCode')
     SELECT DISTINCT code.unit, s.ts, s.value
       FROM unnest($1::text[], $2::timestamptz[]) AS b(unit, at)
       JOIN code ON code.unit = b.unit
      CROSS JOIN LATERAL (
        (SELECT ts, value FROM sample
          WHERE signal = code.key AND ts <= b.at AND ts > b.at - $3 * INTERVAL '1 ms'
            AND quality = ${qualityGood} AND value IS NOT NULL
          ORDER BY ts DESC, epoch DESC, sequence DESC, ordinal DESC LIMIT 1)
        UNION ALL
        (SELECT ts, value FROM sample
          WHERE signal = code.key AND ts > b.at AND ts < b.at + $4 * INTERVAL '1 ms'
            AND quality = ${qualityGood} AND value <> 0
          ORDER BY ts, epoch, sequence, ordinal LIMIT 1)) s
      ORDER BY code.unit, s.ts`,
    [
      begins.map(({ unit }) => unit),
      begins.map(({ atMs }) => new Date(atMs)),
      heldMsMax,
      stopCodeWaitMs,
    ],
  );
  for (const { unit, ts, value } of rows) {
    const codes = found.get(unit) ?? [];
    codes.push({ atMs: ts.getTime(), code: value });
    found.set(unit, codes);
  }
  return found;
}
