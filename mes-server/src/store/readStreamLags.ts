import type { Pool } from "pg";

export interface StreamLag {
  /** `uns`, or `webhook:` and its id. */
  sink: string;
  events: number;
  /** Real time that the oldest of them has waited. */
  seconds: number;
}

/** What each sink has not sent yet. */
export async function readStreamLags(pool: Pool): Promise<StreamLag[]> {
  const { rows } = await pool.query<{ sink: string; events: string; seconds: number }>(
    `SELECT sink, coalesce(newest - sent, 0)::text AS events,
            coalesce(extract(epoch FROM clock_timestamp() -
              (SELECT recorded_at FROM outbox WHERE id > sent ORDER BY id LIMIT 1))::float8, 0) AS seconds
       FROM (SELECT sink, sent FROM stream_cursor
             UNION ALL SELECT 'webhook:' || id, sent FROM webhook WHERE enabled) AS s,
            (SELECT max(id) AS newest FROM outbox) AS o
      ORDER BY sink`,
  );
  return rows.map(({ sink, events, seconds }) => ({
    sink,
    events: Math.max(0, Number(events)),
    seconds: Math.max(0, seconds),
  }));
}
