import type { Pool } from "pg";
import { noteWebhookSent } from "./noteWebhookOutcome.ts";
import type { OutboxRow } from "./readOutboxEvents.ts";
import { transaction } from "./transaction.ts";
import { insertWebhookDeadLetters } from "./webhookDeadLetters.ts";

/**
 * Puts events away that a receiver has not taken, and goes on behind them. Answers whether it still is the
 * webhook that they were sent for; else nothing has changed.
 */
export async function giveUpWebhookEvents(
  pool: Pool,
  of: { id: string; version: number; reason: string; nowMs: number },
  events: readonly OutboxRow[],
  sentId: number,
): Promise<boolean> {
  return transaction(pool, async (tx) => {
    const { id, version, nowMs } = of;
    const isSame = await noteWebhookSent(tx, {
      id,
      version,
      sentId,
      isTaken: false,
      atMs: nowMs,
    });
    if (isSame) await insertWebhookDeadLetters(tx, { ...of, webhook: id }, events);
    return isSame;
  });
}
