import type { StateRow } from "../pipeline/laneTask.ts";
import type { Transaction } from "./statement.ts";

/**
 * Writes intervals by (unit, begin), in their order: an interval is closed before the next one opens.
 * One whose state stays keeps the time at which it became known.
 */
export async function putStateIntervals(
  tx: Transaction,
  rows: readonly StateRow[],
  knownAtMs: number,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query({
    name: "putStateIntervals",
    text: `INSERT INTO state_interval (unit, from_ts, to_ts, state, known_at)
           SELECT unit, from_ts, to_ts, state, $5
             FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[])
               WITH ORDINALITY AS r(unit, from_ts, to_ts, state, place)
            ORDER BY place
           ON CONFLICT (unit, from_ts) DO UPDATE
             SET to_ts = excluded.to_ts, state = excluded.state,
                 known_at = CASE WHEN state_interval.state = excluded.state
                                 THEN state_interval.known_at ELSE excluded.known_at END`,
    values: [
      rows.map(({ unit }) => unit),
      rows.map(({ fromMs }) => new Date(fromMs)),
      rows.map(({ toMs }) => (toMs === null ? null : new Date(toMs))),
      rows.map(({ state }) => state),
      new Date(knownAtMs),
    ],
  });
}
