import type { Pool } from "pg";

export interface CommandsAsked {
  subject: string | undefined;
  actor: string | undefined;
  kind: string | undefined;
  fromMs: number | undefined;
  toMs: number | undefined;
  before: { receivedAtMs: number; id: string } | undefined;
  limit: number;
}

export interface KeptCommandRow {
  id: string;
  kind: string;
  actor: string;
  occurredAtMs: number;
  receivedAtMs: number;
  subject: string;
  body: unknown;
}

/** Commands that were carried out, the last received first. The range is of when they were received. */
export async function readCommands(pool: Pool, asked: CommandsAsked): Promise<KeptCommandRow[]> {
  const date = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));
  const { rows } = await pool.query<
    Omit<KeptCommandRow, "occurredAtMs" | "receivedAtMs"> & {
      occurred_at: Date;
      received_at: Date;
    }
  >(
    `SELECT id, kind, actor, occurred_at, received_at, subject, body FROM command
      WHERE ($1::text IS NULL OR subject = $1)
        AND ($2::text IS NULL OR actor = $2)
        AND ($3::text IS NULL OR kind = $3 OR (right($3, 2) = '.*' AND starts_with(kind, left($3, -1))))
        AND ($4::timestamptz IS NULL OR received_at >= $4)
        AND ($5::timestamptz IS NULL OR received_at < $5)
        AND ($6::timestamptz IS NULL OR (received_at, id) < ($6, $7::text))
      ORDER BY received_at DESC, id DESC
      LIMIT $8`,
    [
      asked.subject ?? null,
      asked.actor ?? null,
      asked.kind ?? null,
      date(asked.fromMs),
      date(asked.toMs),
      date(asked.before?.receivedAtMs),
      asked.before?.id ?? null,
      asked.limit,
    ],
  );
  return rows.map(({ occurred_at, received_at, ...row }) => ({
    ...row,
    occurredAtMs: occurred_at.getTime(),
    receivedAtMs: received_at.getTime(),
  }));
}
