import type { Pool } from "pg";

/** Of a receiver that has been away for too long. */
export async function disableWebhook(
  pool: Pool,
  { id, version, reason }: { id: string; version: number; reason: string },
): Promise<void> {
  await pool.query(
    `UPDATE webhook SET enabled = false, version = version + 1, last_failure = $3
      WHERE id = $1 AND version = $2`,
    [id, version, reason],
  );
}
