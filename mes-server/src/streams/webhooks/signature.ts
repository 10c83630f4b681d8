import { createHmac } from "node:crypto";

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
