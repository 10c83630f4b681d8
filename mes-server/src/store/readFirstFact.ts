import type { Transaction } from "./statement.ts";

/** Since when anything is known of the units of a line, in ms. */
export async function readFirstFact(
  db: Transaction,
  units: readonly string[],
): Promise<number | undefined> {
  const { rows } = await db.query<{ first: Date | null }>({
    name: "readFirstFact",
    text: `SELECT min(first) AS first
             FROM unnest($1::text[]) AS u(id)
            CROSS JOIN LATERAL (
              (SELECT from_ts AS first FROM state_interval WHERE unit = u.id ORDER BY from_ts LIMIT 1)
              UNION ALL
              (SELECT ts FROM count_event WHERE unit = u.id ORDER BY ts LIMIT 1)
            ) f`,
    values: [units],
  });
  return rows[0]?.first?.getTime();
}
