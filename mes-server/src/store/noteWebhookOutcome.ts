import type { Pool } from "pg";

interface Of {
  id: string;
  /** The version that was sent for: one that was changed meanwhile begins anew. */
  version: number;
}

/**
 * Everything up to `sentId` is done with. `isTaken`: the receiver has taken the last of it; else nothing is
 * said about the receiver. Answers whether it still is the webhook that was sent for.
 */
export async function noteWebhookSent(
  db: Pick<Pool, "query">,
  { id, version, sentId, isTaken, atMs }: Of & { sentId: number; isTaken: boolean; atMs: number },
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "noteWebhookSent",
    text: `UPDATE webhook
              SET sent = $3,
                  failures = CASE WHEN $4 THEN 0 ELSE failures END,
                  failing_since = CASE WHEN $4 THEN NULL ELSE failing_since END,
                  last_failure = CASE WHEN $4 THEN NULL ELSE last_failure END,
                  delivered_at = CASE WHEN $4 THEN $5 ELSE delivered_at END
            WHERE id = $1 AND version = $2`,
    values: [id, version, sentId, isTaken, new Date(atMs)],
  });
  return rowCount === 1;
}

export async function noteWebhookFailure(
  db: Pick<Pool, "query">,
  { id, version, failure, atMs }: Of & { failure: string; atMs: number },
): Promise<void> {
  await db.query({
    name: "noteWebhookFailure",
    text: `UPDATE webhook
              SET failures = failures + 1, failing_since = coalesce(failing_since, $4), last_failure = $3
            WHERE id = $1 AND version = $2`,
    values: [id, version, failure, new Date(atMs)],
  });
}
