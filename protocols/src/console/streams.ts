import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";

/** Bodies of events out and webhooks under `/api/v1`. */
const instant = z.iso.datetime().describe("ISO 8601, UTC.");

export const eventKind = z.object({
  kind: z.string(),
  what: z.string(),
  data: z.record(z.string(), z.unknown()).describe("JSON schema of `data`."),
  example: z.object({ equipment: z.string(), data: z.record(z.string(), z.unknown()) }),
});

export const webhookId = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/,
    "must be 1 to 64 of a-z, 0-9, - and _, beginning and ending with a letter or digit",
  );

const wanted = {
  url: z.string().min(1).max(2_000).describe("http or https; redirections are not followed."),
  kinds: z
    .array(z.string().min(1).max(100))
    .max(100)
    .default([])
    .describe("Kinds of events, or `<subject>.*`; none: all of them."),
  equipment: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe("Ids of equipment, each with what lies below it; none: all of it."),
  description: z.string().max(500).default(""),
  enabled: z
    .boolean()
    .default(true)
    .describe("While it is not, its events wait, as far as they are kept."),
};

/** A key as it is written down: `whsec_` and base64, as Standard Webhooks has it. */
export const webhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, "must be whsec_ and 24 to 64 random bytes in base64")
  .describe("Made by whoever asks, of 24 to 64 random bytes; it is never given back.");

export const webhookCreation = commandEnvelope.extend({
  id: webhookId,
  ...wanted,
  secret: webhookSecret,
});

export const webhookChange = commandEnvelope.extend({
  ...wanted,
  secret: webhookSecret.optional().describe("A new one; the present one stays if absent."),
});

export const webhook = z.object({
  id: webhookId,
  version: z.int().positive(),
  url: z.string(),
  kinds: z.array(z.string()),
  equipment: z.array(z.string()),
  description: z.string(),
  enabled: z.boolean(),
  createdAt: instant,
  sentSequence: z.int().nonnegative().describe("Everything up to it is done with."),
  failures: z.int().nonnegative().describe("Attempts in a row that have failed."),
  failingSince: instant.nullable().describe("In real time."),
  lastFailure: z.string().nullable(),
  deliveredAt: instant.nullable().describe("When the receiver took something last, in real time."),
  deadLetters: z.int().nonnegative(),
});

export const webhookDeadLetter = z.object({
  sequence: z.int().nonnegative(),
  kind: z.string(),
  equipment: z.string(),
  at: instant.describe("Of the event."),
  data: z.record(z.string(), z.unknown()),
  reason: z.string().describe("Why it was put away."),
  deadSince: instant.describe("In real time."),
  isResending: z.boolean(),
});

export const webhookReplay = commandEnvelope.extend({
  deadLetters: z
    .union([z.literal("all"), z.array(z.int().positive()).min(1).max(1_000)])
    .optional()
    .describe("All of them, or those of these sequences, are sent again."),
  fromSequence: z
    .int()
    .positive()
    .optional()
    .describe("Every event from here on is sent again, as far as events are kept."),
});

export const webhookReplayed = z.object({
  deadLetters: z.int().nonnegative().describe("That will be sent again."),
  sentSequence: z.int().nonnegative().describe("From behind it on, events are sent."),
});

export const webhookTested = z.object({
  isTaken: z.boolean(),
  status: z.int().nullable().describe("Of the receiver's answer; null without one."),
  failure: z.string().nullable(),
  durationMs: z.int().nonnegative(),
});

export type EventKindAnswer = z.infer<typeof eventKind>;
export type Webhook = z.infer<typeof webhook>;
export type WebhookDeadLetterAnswer = z.infer<typeof webhookDeadLetter>;
