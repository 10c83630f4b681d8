import type { Pool } from "pg";
import { transaction } from "./transaction.ts";

/** How long raw samples are kept; what follows from them stays. */
export async function keepSamples(pool: Pool, days: number): Promise<void> {
  await transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ days: number | null }>(
      `SELECT extract(day FROM (config ->> 'drop_after')::interval)::int AS days
         FROM timescaledb_information.jobs
        WHERE proc_name = 'policy_retention' AND hypertable_name = 'sample'`,
    );
    if (rows[0]?.days === days) return;
    await tx.query("SELECT remove_retention_policy('sample', if_exists => true)");
    await tx.query(
      "SELECT add_retention_policy('sample', drop_after => make_interval(days => $1))",
      [days],
    );
  });
}
