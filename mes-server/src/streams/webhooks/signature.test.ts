import { describe, expect, test } from "vitest";
import { webhookSecret } from "@only-mes/protocols/console/streams";
import { signedHeaders } from "./signature.ts";

describe("the signature of a message", () => {
  // The key is the bytes 0 to 31. Made with: printf 'event-7.1700000000.{"a":1}' | openssl dgst -sha256
  // -mac HMAC -macopt hexkey:000102…1f -binary | base64
  const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

  test("is the HMAC of id, time and body, as Standard Webhooks has it", () => {
    expect(webhookSecret.parse(secret)).toBe(secret);
    expect(
      signedHeaders(secret, { id: "event-7", sentAtMs: 1_700_000_000_999, body: '{"a":1}' }),
    ).toEqual({
      "webhook-id": "event-7",
      "webhook-timestamp": "1700000000",
      "webhook-signature": "v1,17zQI4VcQSg4rODOCnj4UUlAI0yuS7YbqPRlkMe8+L4=",
    });
  });

  test.each([
    "secret",
    "whsec_short",
    "whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
    `whsec_${"a".repeat(99)}`,
  ])("has no key such as %s", (text) => {
    expect(webhookSecret.safeParse(text).success).toBe(false);
  });
});
