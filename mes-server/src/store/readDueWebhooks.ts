import type { Pool } from "pg";

export interface DueWebhook {
  id: string;
  version: number;
  url: string;
  kinds: string[];
  equipment: string[];
  secret: string;
  sentId: number;
  failures: number;
  failingSinceMs: number | null;
  /** Somebody wants dead letters sent again. */
  hasResend: boolean;
}

/** Webhooks for which there is something to send, with all that sending needs. */
export async function readDueWebhooks(pool: Pool, horizonId: number): Promise<DueWebhook[]> {
  const { rows } = await pool.query<
    Omit<DueWebhook, "sentId" | "failingSinceMs" | "hasResend"> & {
      sent: string;
      failing_since: Date | null;
      resend: boolean;
    }
  >({
    name: "readDueWebhooks",
    text: `SELECT * FROM (
             SELECT id, version, url, kinds, equipment, secret, sent::text AS sent, failures, failing_since,
                    webhook.sent < $1 AS behind,
                    EXISTS (SELECT FROM webhook_dead_letter d WHERE d.webhook = webhook.id AND d.resend) AS resend
               FROM webhook WHERE enabled) AS w
            WHERE behind OR resend`,
    values: [horizonId],
  });
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    url: row.url,
    kinds: row.kinds,
    equipment: row.equipment,
    secret: row.secret,
    sentId: Number(row.sent),
    failures: row.failures,
    failingSinceMs: row.failing_since?.getTime() ?? null,
    hasResend: row.resend,
  }));
}
