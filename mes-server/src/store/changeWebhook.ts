import type { Pool } from "pg";
import type { Transaction } from "./statement.ts";

export interface WebhookSetting {
  id: string;
  url: string;
  kinds: readonly string[];
  equipment: readonly string[];
  description: string;
  enabled: boolean;
}

const webhooksLock = 7_263_542;

/** Commands about webhooks take turns: their number has a bound. Answers how many there are. */
export async function lockWebhooks(tx: Transaction): Promise<number> {
  await tx.query("SELECT pg_advisory_xact_lock($1)", [webhooksLock]);
  const { rows } = await tx.query<{ count: number }>("SELECT count(*)::int AS count FROM webhook");
  return rows[0]?.count ?? 0;
}

/** It is told of what happens from now on. */
export async function insertWebhook(
  tx: Transaction,
  setting: WebhookSetting & { secret: string; createdAtMs: number },
): Promise<void> {
  await tx.query(
    `INSERT INTO webhook (id, url, kinds, equipment, description, enabled, secret, created_at, sent)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT coalesce(max(id), 0) FROM outbox))`,
    [...valuesOf(setting), setting.secret, new Date(setting.createdAtMs)],
  );
}

/** What was wrong with it before is forgotten: it is tried anew at once. */
export async function updateWebhook(
  tx: Transaction,
  setting: WebhookSetting & { secret: string | undefined },
): Promise<void> {
  await tx.query(
    `UPDATE webhook
        SET url = $2, kinds = $3, equipment = $4, description = $5, enabled = $6,
            secret = coalesce($7, secret), version = version + 1,
            failures = 0, failing_since = NULL, last_failure = NULL
      WHERE id = $1`,
    [...valuesOf(setting), setting.secret ?? null],
  );
}

export async function rewindWebhook(
  tx: Transaction,
  { id, sentId }: { id: string; sentId: number },
): Promise<void> {
  await tx.query("UPDATE webhook SET sent = $2, version = version + 1 WHERE id = $1", [id, sentId]);
}

export async function deleteWebhook(tx: Transaction, id: string): Promise<void> {
  await tx.query("DELETE FROM webhook WHERE id = $1", [id]);
}

/** For signing only. */
export async function readWebhookSecret(pool: Pool, id: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ secret: string }>(
    "SELECT secret FROM webhook WHERE id = $1",
    [id],
  );
  return rows[0]?.secret;
}

function valuesOf({ id, url, kinds, equipment, description, enabled }: WebhookSetting): unknown[] {
  return [id, url, kinds, equipment, description, enabled];
}
