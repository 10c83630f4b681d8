import type { StateRow } from "../pipeline/laneTask.ts";
import type { Transaction } from "./statement.ts";

/**
 * Writes intervals by (unit, begin), in their order: an interval is closed before the next one opens.
 * One whose state stays keeps the time at which it became known; of one whose state is another, history
 * keeps what was believed.
 */
export async function putStateIntervals(
  tx: Transaction,
  rows: readonly StateRow[],
  knownAtMs: number,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query({
    name: "putStateIntervals",
    text: `WITH r AS (
             SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[])
               WITH ORDINALITY AS r(unit, from_ts, to_ts, state, place)),
           kept AS (
             INSERT INTO state_interval_history (unit, from_ts, to_ts, state, known_from, known_to)
             SELECT i.unit, i.from_ts, i.to_ts, i.state, i.known_at, $5::timestamptz
               FROM r JOIN state_interval i ON i.unit = r.unit AND i.from_ts = r.from_ts
              WHERE i.state <> r.state AND i.known_at < $5)
           INSERT INTO state_interval (unit, from_ts, to_ts, state, known_at)
           SELECT unit, from_ts, to_ts, state, $5 FROM r
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
