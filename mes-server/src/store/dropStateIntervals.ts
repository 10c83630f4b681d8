import type { Transaction } from "./statement.ts";

/** Removes intervals that a later sample of the same source time has undone; history keeps them. */
export async function dropStateIntervals(
  tx: Transaction,
  gone: readonly { unit: string; fromMs: number }[],
  knownAtMs: number,
): Promise<void> {
  if (gone.length === 0) return;
  await tx.query({
    name: "dropStateIntervals",
    text: `WITH gone AS (
             DELETE FROM state_interval i
              USING unnest($1::text[], $2::timestamptz[]) AS g(unit, from_ts)
              WHERE i.unit = g.unit AND i.from_ts = g.from_ts
             RETURNING i.*)
           INSERT INTO state_interval_history (unit, from_ts, to_ts, state, known_from, known_to)
           SELECT unit, from_ts, to_ts, state, known_at, $3::timestamptz FROM gone WHERE known_at < $3`,
    values: [
      gone.map(({ unit }) => unit),
      gone.map(({ fromMs }) => new Date(fromMs)),
      new Date(knownAtMs),
    ],
  });
}
