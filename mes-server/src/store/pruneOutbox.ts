import type { Pool } from "pg";

const rowsAtOnce = 5_000;

/**
 * Forgets events that every sink has sent and that are older than they are kept for; dead letters of
 * webhooks by their age. Answers how many events; a full turn means that there are more.
 */
export async function pruneOutbox(
  pool: Pool,
  kept: { eventsMs: number; deadLettersMs: number },
): Promise<{ events: number; isAll: boolean }> {
  const { rowCount } = await pool.query(
    `WITH oldest AS (
       SELECT id, recorded_at FROM outbox
        WHERE id <= least((SELECT min(sent) FROM stream_cursor), (SELECT min(sent) FROM webhook WHERE enabled))
        ORDER BY id LIMIT $2)
     DELETE FROM outbox USING oldest
      WHERE outbox.id = oldest.id
        AND oldest.recorded_at < clock_timestamp() - $1 * INTERVAL '1 ms'`,
    [kept.eventsMs, rowsAtOnce],
  );
  await pool.query(
    "DELETE FROM webhook_dead_letter WHERE dead_since < clock_timestamp() - $1 * INTERVAL '1 ms'",
    [kept.deadLettersMs],
  );
  const events = rowCount ?? 0;
  return { events, isAll: events < rowsAtOnce };
}
