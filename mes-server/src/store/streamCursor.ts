import type { Pool } from "pg";

/** Up to which id a sink has sent the outbox. */
export async function readStreamCursor(pool: Pool, sink: string): Promise<number> {
  const { rows } = await pool.query<{ sent: string }>(
    "SELECT sent::text AS sent FROM stream_cursor WHERE sink = $1",
    [sink],
  );
  return Number(rows[0]?.sent ?? 0);
}

export async function moveStreamCursor(pool: Pool, sink: string, sentId: number): Promise<void> {
  await pool.query({
    name: "moveStreamCursor",
    text: `INSERT INTO stream_cursor (sink, sent) VALUES ($1, $2)
           ON CONFLICT (sink) DO UPDATE SET sent = excluded.sent`,
    values: [sink, sentId],
  });
}
