import { z } from "zod";

/**
 * What every change of plant or production carries, beside what it changes. The same command sent twice
 * is carried out once and answered alike; two different ones never share an id.
 */
export const commandEnvelope = z.strictObject({
  commandId: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{8,64}$/, "an id is 8 to 64 of A-Z, a-z, 0-9, . _ : and -")
    .optional()
    .describe(
      "Made by whoever asks; the header `Idempotency-Key` says the same. One of them is needed.",
    ),
  actor: z
    .string()
    .min(1)
    .max(64)
    .describe("Who asks: a reference such as `badge:4711`, never a person's name."),
  occurredAt: z.iso
    .datetime()
    .optional()
    .describe("When it was so, ISO 8601 in UTC; now if absent. Later than now is refused."),
  expectedVersion: z
    .int()
    .nonnegative()
    .optional()
    .describe("The version that the asker has seen; another one by now is a conflict."),
});

export type CommandEnvelope = z.infer<typeof commandEnvelope>;

/** A command as it is kept. */
export const keptCommand = z.object({
  id: z.string(),
  kind: z.string().describe("What was asked for, such as `job.start`."),
  actor: z.string(),
  occurredAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  subject: z.string().describe("Id of what it changed."),
  body: z.unknown(),
});

export type KeptCommand = z.infer<typeof keptCommand>;
