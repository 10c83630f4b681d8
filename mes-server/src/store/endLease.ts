import type { Pool } from "pg";

/** The holder ends: the lease is free `afterMs` from now. */
export async function endLease(
  pool: Pool,
  ended: { gateway: string; member: string; afterMs: number },
): Promise<void> {
  await pool.query(
    `UPDATE gateway_lease SET until = clock_timestamp() + $3 * INTERVAL '1 ms'
      WHERE gateway = $1 AND holder = $2`,
    [ended.gateway, ended.member, ended.afterMs],
  );
}
