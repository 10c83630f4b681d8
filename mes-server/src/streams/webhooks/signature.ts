import { createHmac } from "node:crypto";

/** A key as it is written down: `whsec_` and base64 of 24 to 64 bytes, as Standard Webhooks has it. */
export const secretPattern = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** The headers by which a receiver knows that a message is ours, and when it was sent. */
export function signedHeaders(
  secret: string,
  message: { id: string; sentAtMs: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(message.sentAtMs / 1000));
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const digest = createHmac("sha256", key)
    .update(`${message.id}.${timestamp}.${message.body}`)
    .digest("base64");
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${digest}`,
  };
}
