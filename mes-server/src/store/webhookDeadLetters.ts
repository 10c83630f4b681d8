import type { Pool } from "pg";
import type { OutboxRow } from "./readOutboxEvents.ts";

export interface WebhookDeadLetter extends Omit<OutboxRow, "recordedAtMs"> {
  reason: string;
  deadSinceMs: number;
  resend: boolean;
}

export async function insertWebhookDeadLetters(
  tx: Pick<Pool, "query">,
  { webhook, reason, nowMs }: { webhook: string; reason: string; nowMs: number },
  events: readonly Omit<OutboxRow, "recordedAtMs">[],
): Promise<void> {
  await tx.query(
    `INSERT INTO webhook_dead_letter (webhook, event, at, kind, equipment, data, reason, dead_since)
     SELECT $1, e.event, e.at, e.kind, e.equipment, e.data::jsonb, $2, $3
       FROM unnest($4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
            AS e(event, at, kind, equipment, data)
     ON CONFLICT (webhook, event) DO UPDATE
       SET reason = excluded.reason, dead_since = excluded.dead_since, resend = false`,
    [
      webhook,
      reason,
      new Date(nowMs),
      events.map(({ id }) => id),
      events.map(({ atMs }) => new Date(atMs)),
      events.map(({ kind }) => kind),
      events.map(({ equipment }) => equipment),
      events.map(({ data }) => JSON.stringify(data)),
    ],
  );
}

/** In the order of their events. */
export async function readWebhookDeadLetters(
  db: Pick<Pool, "query">,
  of: { webhook: string; afterEvent: number; onlyResend: boolean; limit: number },
): Promise<WebhookDeadLetter[]> {
  const { rows } = await db.query<{
    event: string;
    at: Date;
    kind: string;
    equipment: string;
    data: Record<string, unknown>;
    reason: string;
    dead_since: Date;
    resend: boolean;
  }>(
    `SELECT event::text AS event, at, kind, equipment, data, reason, dead_since, resend
       FROM webhook_dead_letter d
      WHERE webhook = $1 AND d.event > $2 AND (resend OR NOT $3)
      ORDER BY d.event LIMIT $4`,
    [of.webhook, of.afterEvent, of.onlyResend, of.limit],
  );
  return rows.map(({ event, at, dead_since, ...row }) => ({
    ...row,
    id: Number(event),
    atMs: at.getTime(),
    deadSinceMs: dead_since.getTime(),
  }));
}

/** Marks dead letters to be sent again; all of the webhook without `events`. Answers how many. */
export async function resendWebhookDeadLetters(
  tx: Pick<Pool, "query">,
  { webhook, events }: { webhook: string; events?: readonly number[] | undefined },
): Promise<number> {
  const { rowCount } = await tx.query(
    `UPDATE webhook_dead_letter SET resend = true
      WHERE webhook = $1 AND ($2::bigint[] IS NULL OR event = ANY ($2))`,
    [webhook, events ?? null],
  );
  return rowCount ?? 0;
}

export async function deleteWebhookDeadLetter(
  db: Pick<Pool, "query">,
  { webhook, event }: { webhook: string; event: number },
): Promise<void> {
  await db.query("DELETE FROM webhook_dead_letter WHERE webhook = $1 AND event = $2", [
    webhook,
    event,
  ]);
}

/** The receiver has refused one again: the others would fare alike. */
export async function endWebhookResend(
  db: Pick<Pool, "query">,
  { webhook, reason }: { webhook: string; reason: string },
): Promise<void> {
  await db.query(
    "UPDATE webhook_dead_letter SET resend = false, reason = $2 WHERE webhook = $1 AND resend",
    [webhook, reason],
  );
}
