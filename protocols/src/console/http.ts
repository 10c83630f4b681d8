import { z } from "zod";
import { mapOutcome, mapTextMax } from "../gateway/messages.ts";
import { machineStates } from "../plant/machine-state.ts";
import { signalDefinition } from "../plant/signal.ts";
import { gapReasons } from "../sparkplug/delivery.ts";

/** Bodies of the HTTP API under `/api/v1`. Times in URLs and bodies are ISO 8601 in UTC. */
const instant = z.iso.datetime().describe("ISO 8601, UTC.");

export const apiError = z.object({
  error: z.object({
    code: z.string().describe("A stable code; docs/errors.md lists them all."),
    message: z.string().describe("What happened, and where."),
    action: z.string().describe("What to do about it."),
    field: z.string().optional().describe("Path of the field at fault."),
    problems: z.array(z.string()).optional().describe("Every problem, where there may be several."),
  }),
});

export const stateInterval = z.object({
  state: z.enum(machineStates),
  from: instant,
  to: instant.nullable().describe("null while it lasts."),
});

export const counts = z.object({
  good: z.int().nonnegative(),
  scrap: z.int().nonnegative(),
  rework: z.int().nonnegative().describe("Good after all, part of what counts as good."),
  rollovers: z.int().nonnegative(),
  resets: z.int().nonnegative(),
  quarantined: z.int().nonnegative().describe("Implausible steps, kept and not counted."),
});

export const unit = z.object({
  id: z.string(),
  name: z.string(),
  line: z.string(),
  position: z.int(),
  state: z.enum(machineStates),
  stateSince: instant,
});

export const line = z.object({
  id: z.string(),
  name: z.string(),
  enterprise: z.string(),
  site: z.string(),
  area: z.string(),
  state: z.enum(machineStates),
  stateSince: instant,
  stale: z.boolean(),
  shift: z.object({
    id: z.string(),
    name: z.string(),
    from: instant,
    to: instant,
    unscheduled: z.literal(true).optional().describe("No shift is on: between two of them."),
  }),
  good: z.int(),
  scrap: z.int(),
  target: z.number().optional(),
  ratePerMinute: z.number(),
  idealRatePerMinute: z.number().optional(),
  targetRatePerMinute: z.number().optional(),
  lastSampleAt: instant.nullable(),
  units: z.array(unit),
});

export const signal = z.object({
  id: z.string(),
  definition: signalDefinition,
  value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
  quality: z.int(),
  sourceTime: instant.nullable(),
  gatewayTime: instant.nullable(),
  ageMs: z.number().nullable(),
  stale: z.boolean(),
});

/** One bucket of a decimated history: what a trend draws of one column of pixels. */
export const historyBucket = z.object({
  at: instant.describe("Start of the bucket, on absolute time."),
  min: z.number().nullable(),
  max: z.number().nullable(),
  first: z.number().nullable(),
  last: z.number().nullable(),
  lastText: z.string().optional().describe("The last text, of a signal that carries text."),
  count: z.int().describe("Samples in it; 0 is a gap."),
});

export const history = z.object({
  signal: z.string(),
  from: instant,
  to: instant,
  bucketMs: z.int(),
  buckets: z.array(historyBucket),
});

/** What has arrived from one gateway: its delivery cursor. */
export const source = z.object({
  source: z.string().describe("<group>/<edge node>"),
  epoch: z.string(),
  committed: z
    .array(z.tuple([z.int(), z.int()]))
    .describe("Committed sequences, both ends included."),
  samples: z.int().describe("Samples committed from it in this epoch."),
});

export type ApiError = z.infer<typeof apiError>;
export type StateInterval = z.infer<typeof stateInterval>;
export type Counts = z.infer<typeof counts>;
export type Line = z.infer<typeof line>;
export type Unit = z.infer<typeof unit>;
export type Signal = z.infer<typeof signal>;
export type History = z.infer<typeof history>;
export type HistoryBucket = z.infer<typeof historyBucket>;
export type Source = z.infer<typeof source>;

/** A message that could not be taken: kept with its reason, so that nothing is lost unseen. */
export const deadLetter = z.object({
  id: z.string().describe("A 64-bit number, as text."),
  at: instant,
  source: z.string().nullable(),
  topic: z.string(),
  reason: z.string().describe("A stable code; docs/errors.md lists them all."),
  detail: z.string(),
  repeats: z.int().nonnegative().describe("The same since the one before, not kept one by one."),
  payloadBytes: z.int().nonnegative(),
});

/** Samples that a gateway read and had to drop. */
export const sampleGap = z.object({
  id: z.string().describe("A 64-bit number, as text."),
  source: z.string().describe("<group>/<edge node>"),
  device: z.string(),
  from: instant.describe("Source time of the first."),
  to: instant.describe("Source time of the last."),
  samples: z.int().positive(),
  reason: z
    .enum(gapReasons)
    .describe("Of the gateway's outbox: its cap in bytes or in age, or a disk that took nothing."),
});

export const brandSummary = z.object({
  id: z.string(),
  version: z.string(),
  name: z.string(),
  locale: z.string(),
  hosts: z.array(z.string()),
  hash: z.string(),
});

/** A list, or one page of it: `nextCursor` is there if there is more. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().optional().describe("Hand it back as `cursor` for the next page."),
  });
}

/** One process that reads by a gateway's map; of a redundant gateway there are several. */
export const gatewayMember = z.object({
  member: z.string().describe("Its Sparkplug edge node."),
  revision: z
    .int()
    .nullable()
    .describe("Of the deployed map that is in force; null: its own file is."),
  digest: z.string().describe("Of the text of the map in force."),
  outcome: mapOutcome.nullable().describe("Of the last revision offered since it began."),
  isActive: z
    .boolean()
    .nullable()
    .describe("Of a redundant gateway: whether it has the lease. null: it has no lease."),
  heardAt: instant.describe("When it said so, in real time."),
});

export const gateway = z.object({
  site: z.string(),
  gateway: z.string(),
  members: z.array(gatewayMember),
});

export const gatewayMapRevision = z.object({
  revision: z.int().positive(),
  at: instant,
  note: z.string(),
});

export const gatewayMap = gatewayMapRevision.extend({
  text: z.string().describe("The device map as it was given, YAML."),
});

const expectedRevision = z
  .int()
  .nonnegative()
  .optional()
  .describe("The revision that this was made from, 0 for none: refused if there is a newer one.");

export const gatewayMapWanted = z.strictObject({
  text: z.string().min(1).max(mapTextMax).describe("The device map, YAML."),
  note: z.string().max(500).default("").describe("Why."),
  expectedRevision,
  dryRun: z.boolean().default(false).describe("Only validate, and say what would change."),
});

export const gatewayMapRevert = z.strictObject({ revision: z.int().positive(), expectedRevision });

export const gatewayMapDeployment = z.object({
  result: z.enum(["deployed", "unchanged", "dryRun"]),
  revision: z.int().nonnegative().describe("The newest one now."),
  diff: z.array(z.string()).describe("Against the newest revision before; empty for the first."),
});

export type Gateway = z.infer<typeof gateway>;
export type GatewayMapDeployment = z.infer<typeof gatewayMapDeployment>;

export type SampleGap = z.infer<typeof sampleGap>;
export type DeadLetter = z.infer<typeof deadLetter>;
export type BrandSummary = z.infer<typeof brandSummary>;
