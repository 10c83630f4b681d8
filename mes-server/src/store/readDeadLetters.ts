import type { Pool } from "pg";

export interface DeadLetterRow {
  /** A 64-bit number, as text. */
  id: string;
  atMs: number;
  source: string | null;
  topic: string;
  reason: string;
  detail: string;
  /** The same since the one before it, which were not kept one by one. */
  repeats: number;
  payloadBytes: number;
}

/** Dead letters, the newest first, those before `beforeId` if it is given. */
export async function readDeadLetters(
  pool: Pool,
  page: { beforeId: string | undefined; limit: number },
): Promise<DeadLetterRow[]> {
  const { rows } = await pool.query<Omit<DeadLetterRow, "atMs"> & { at: Date }>(
    `SELECT id::text AS id, at, source, topic, reason, detail, repeats,
            coalesce(octet_length(payload), 0) AS "payloadBytes"
       FROM dead_letter
      WHERE $1::bigint IS NULL OR id < $1::bigint
      ORDER BY dead_letter.id DESC
      LIMIT $2`,
    [page.beforeId ?? null, page.limit],
  );
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }));
}
