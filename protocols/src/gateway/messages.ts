import { z } from "zod";
import { slug } from "../plant/signal.ts";

/** Bodies under the topics of `topics.ts`. Both ends ignore what they do not know. */
export const leaseMs = z
  .int()
  .min(1000)
  .max(60_000)
  .describe("How long a lease lasts from when it was asked for, in milliseconds of real time.");

export const leaseAsk = z.object({
  /** Comes back in the answer: what answers an older question is too old. */
  ask: z.int().nonnegative(),
  leaseMs,
  /** The member ends: another may have the lease a second from now. */
  isLast: z.boolean().default(false),
  /** The member's clock, in milliseconds since 1970. */
  nowMs: z.number(),
});

export type LeaseAsk = z.infer<typeof leaseAsk>;

export const leaseAnswer = z.object({
  ask: z.int().nonnegative(),
  isGranted: z.boolean(),
  /** The member that has the lease. */
  holder: slug,
  /** Counts the holders: another holder, another term. */
  term: z.int().positive(),
  /** The server's clock. */
  nowMs: z.number(),
});

export type LeaseAnswer = z.infer<typeof leaseAnswer>;

/** The longest text of a map that is deployed, in characters. */
export const mapTextMax = 8_000_000;
const problemsMax = 100;

export const mapDeploy = z.object({
  revision: z.int().positive(),
  text: z.string().max(mapTextMax),
});

export type MapDeploy = z.infer<typeof mapDeploy>;

export const mapOutcome = z.object({
  revision: z.int().positive(),
  result: z.enum(["applied", "unchanged", "refused"]),
  problems: z.array(z.string()).max(problemsMax),
  diff: z.array(z.string()).max(problemsMax),
});

export type MapOutcome = z.infer<typeof mapOutcome>;

export const mapState = z.object({
  /** Of the deployed map that is in force; `null`: the gateway's own file is. */
  revision: z.int().positive().nullable(),
  digest: z.string().max(64),
  /** Of the last revision that was offered since the gateway began. */
  outcome: mapOutcome.optional(),
});

export type MapState = z.infer<typeof mapState>;

/** `undefined` if the bytes are not such a message. */
export function readGatewayMessage<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}
