import type { Pool } from "pg";

export interface WebhookRow {
  id: string;
  version: number;
  url: string;
  kinds: string[];
  equipment: string[];
  description: string;
  enabled: boolean;
  createdAtMs: number;
  /** Id of the outbox up to which it was sent. */
  sentId: number;
  failures: number;
  failingSinceMs: number | null;
  lastFailure: string | null;
  deliveredAtMs: number | null;
  deadLetters: number;
}

interface Stored {
  id: string;
  version: number;
  url: string;
  kinds: string[];
  equipment: string[];
  description: string;
  enabled: boolean;
  created_at: Date;
  sent: string;
  failures: number;
  failing_since: Date | null;
  last_failure: string | null;
  delivered_at: Date | null;
  dead_letters: number;
}

/** All webhooks, or one of them, by id; without their secrets. */
export async function readWebhooks(db: Pick<Pool, "query">, id?: string): Promise<WebhookRow[]> {
  const { rows } = await db.query<Stored>(
    `SELECT id, version, url, kinds, equipment, description, enabled, created_at, sent::text AS sent,
            failures, failing_since, last_failure, delivered_at,
            (SELECT count(*)::int FROM webhook_dead_letter d WHERE d.webhook = w.id) AS dead_letters
       FROM webhook w WHERE $1::text IS NULL OR id = $1 ORDER BY id`,
    [id ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    url: row.url,
    kinds: row.kinds,
    equipment: row.equipment,
    description: row.description,
    enabled: row.enabled,
    createdAtMs: row.created_at.getTime(),
    sentId: Number(row.sent),
    failures: row.failures,
    failingSinceMs: row.failing_since?.getTime() ?? null,
    lastFailure: row.last_failure,
    deliveredAtMs: row.delivered_at?.getTime() ?? null,
    deadLetters: row.dead_letters,
  }));
}
