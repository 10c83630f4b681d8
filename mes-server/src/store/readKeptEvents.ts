import type { Pool } from "pg";
import type { OutboxRow } from "./readOutboxEvents.ts";

export interface KeptEventsAsked {
  afterId: number;
  kinds: readonly string[] | undefined;
  equipment: string | undefined;
  fromMs: number | undefined;
  toMs: number | undefined;
  limit: number;
}

/** Events of the outbox that are still kept, in the order of their ids. */
export async function readKeptEvents(
  pool: Pool,
  asked: KeptEventsAsked,
): Promise<Omit<OutboxRow, "recordedAtMs">[]> {
  const { rows } = await pool.query<{
    id: string;
    at: Date;
    kind: string;
    equipment: string;
    data: Record<string, unknown>;
  }>(
    `SELECT id::text AS id, at, kind, equipment, data FROM outbox
      WHERE outbox.id > $1
        AND ($2::text[] IS NULL OR kind = ANY ($2))
        AND ($3::text IS NULL OR equipment = $3 OR starts_with(equipment, $3 || '.') OR starts_with(equipment, $3 || '/'))
        AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
      ORDER BY outbox.id LIMIT $6`,
    [
      asked.afterId,
      asked.kinds ?? null,
      asked.equipment ?? null,
      asked.fromMs === undefined ? null : new Date(asked.fromMs),
      asked.toMs === undefined ? null : new Date(asked.toMs),
      asked.limit,
    ],
  );
  return rows.map(({ id, at, ...row }) => ({ ...row, id: Number(id), atMs: at.getTime() }));
}
