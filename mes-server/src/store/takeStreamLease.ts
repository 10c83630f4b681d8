import type { Pool } from "pg";

/** Whether this server may send what is in the outbox: until the lease runs out, or is given back. */
export async function takeStreamLease(
  pool: Pool,
  { holder, leaseMs }: { holder: string; leaseMs: number },
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "takeStreamLease",
    text: `INSERT INTO stream_lease AS l (holder, until)
           VALUES ($1, clock_timestamp() + $2 * INTERVAL '1 ms')
           ON CONFLICT (only_one) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE l.holder = excluded.holder OR l.until < clock_timestamp()`,
    values: [holder, leaseMs],
  });
  return rowCount === 1;
}

export async function endStreamLease(pool: Pool, holder: string): Promise<void> {
  await pool.query("DELETE FROM stream_lease WHERE holder = $1", [holder]);
}
