import type { Pool } from "pg";
import type { OutboxHorizon } from "../src/streams/outboxHorizon.ts";

/**
 * Advances to the newest event that can be seen. Other tests on the same server have transactions too, and
 * ids that are missing wait for all of them.
 */
export async function wholeOutbox(pool: Pool, horizon: OutboxHorizon): Promise<number> {
  const { rows } = await pool.query<{ newest: string }>(
    "SELECT coalesce(max(id), 0)::text AS newest FROM outbox",
  );
  const newest = Number(rows[0]?.newest ?? 0);
  while ((await horizon.advance()) < newest);
  return horizon.id;
}
