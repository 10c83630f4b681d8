import type { Pool } from "pg";

export interface OutboxEnd {
  /** The highest id that can be seen; `after` if there is none above it. */
  newestId: number;
  /** The highest id up to which none is missing, counted from `after`. */
  gaplessToId: number;
  /** Number of the oldest transaction that was running; all below it have ended. */
  oldestRunning: bigint;
}

const rowsMax = 1_000;

export async function readOutboxEnd(pool: Pool, after: number): Promise<OutboxEnd> {
  const { rows } = await pool.query<{ newest: string; gapless: string; running: string }>({
    name: "readOutboxEnd",
    text: `SELECT coalesce((SELECT max(id) FROM outbox), $1::bigint)::text AS newest,
                  coalesce(max(id) FILTER (WHERE id = $1::bigint + place), $1::bigint)::text AS gapless,
                  pg_snapshot_xmin(pg_current_snapshot())::text AS running
             FROM (SELECT id, row_number() OVER (ORDER BY id) AS place
                     FROM outbox WHERE id > $1::bigint ORDER BY id LIMIT $2) AS next`,
    values: [after, rowsMax],
  });
  const [row] = rows;
  return {
    newestId: Math.max(after, Number(row?.newest ?? after)),
    gaplessToId: Number(row?.gapless ?? after),
    oldestRunning: BigInt(row?.running ?? 0),
  };
}
