import type { Pool } from "pg";

export interface LeaseRow {
  holder: string;
  term: number;
}

/**
 * Gives the lease of a gateway to a member, or renews it; answers who has it now. The clock is the
 * database's, so that several servers agree. With `mayTake` false only the last holder gets it.
 */
export async function takeLease(
  pool: Pool,
  asked: { gateway: string; member: string; leaseMs: number; mayTake: boolean },
): Promise<LeaseRow | undefined> {
  const { rows } = await pool.query<{ holder: string; term: string }>({
    name: "takeLease",
    text: `WITH taken AS (
             INSERT INTO gateway_lease AS l (gateway, holder, term, since, until)
             VALUES ($1, $2, 1, clock_timestamp(), clock_timestamp() + $3 * INTERVAL '1 ms')
             ON CONFLICT (gateway) DO UPDATE
               SET holder = excluded.holder, until = excluded.until,
                   term = l.term + (l.holder <> excluded.holder)::int,
                   since = CASE WHEN l.holder = excluded.holder THEN l.since ELSE excluded.since END
               WHERE l.holder = excluded.holder OR ($4 AND l.until < excluded.since)
             RETURNING holder, term)
           SELECT holder, term::text AS term FROM taken
           UNION ALL
           SELECT holder, term::text FROM gateway_lease
            WHERE gateway = $1 AND NOT EXISTS (SELECT FROM taken)`,
    values: [asked.gateway, asked.member, asked.leaseMs, asked.mayTake],
  });
  const [row] = rows;
  return row === undefined ? undefined : { holder: row.holder, term: Number(row.term) };
}
