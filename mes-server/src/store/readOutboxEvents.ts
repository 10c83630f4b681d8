import type { Pool } from "pg";

export interface OutboxRow {
  id: number;
  atMs: number;
  kind: string;
  equipment: string;
  data: Record<string, unknown>;
  /** Real time. */
  recordedAtMs: number;
}

export interface OutboxRange {
  /** Not part of it. */
  afterId: number;
  toId: number;
  limit: number;
}

/** Events in the order of their ids. */
export async function readOutboxEvents(
  pool: Pool,
  { afterId, toId, limit }: OutboxRange,
): Promise<OutboxRow[]> {
  const { rows } = await pool.query<
    Omit<OutboxRow, "id" | "atMs" | "recordedAtMs"> & { id: string; at: Date; recorded_at: Date }
  >({
    name: "readOutboxEvents",
    text: `SELECT id::text AS id, at, kind, equipment, data, recorded_at
             FROM outbox WHERE outbox.id > $1 AND outbox.id <= $2 ORDER BY outbox.id LIMIT $3`,
    values: [afterId, toId, limit],
  });
  return rows.map(({ id, at, recorded_at, ...row }) => ({
    ...row,
    id: Number(id),
    atMs: at.getTime(),
    recordedAtMs: recorded_at.getTime(),
  }));
}
