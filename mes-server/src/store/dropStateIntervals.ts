import type { Transaction } from "./statement.ts";

/** Removes intervals that a later sample of the same source time has undone. */
export async function dropStateIntervals(
  tx: Transaction,
  gone: readonly { unit: string; fromMs: number }[],
): Promise<void> {
  if (gone.length === 0) return;
  await tx.query({
    name: "dropStateIntervals",
    text: `DELETE FROM state_interval i
            USING unnest($1::text[], $2::timestamptz[]) AS g(unit, from_ts)
            WHERE i.unit = g.unit AND i.from_ts = g.from_ts`,
    values: [gone.map(({ unit }) => unit), gone.map(({ fromMs }) => new Date(fromMs))],
  });
}
