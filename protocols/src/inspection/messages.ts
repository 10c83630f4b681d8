import { z } from "zod";
import { tagOrder, valueType } from "../device-map/schema.ts";
import { slug } from "../plant/signal.ts";

/** Bodies of the topics of inspection, as JSON in UTF-8. Everything in them has a bound. */
export const askBytesMax = 16 * 1024;
export const answerBytesMax = 256 * 1024;

const correlationId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 of A-Z, a-z, 0-9, - and _")
  .describe("Chosen by the asker, never used twice; names the topic of the answer.");

const askParts = {
  id: correlationId,
  device: slug.optional().describe("A device of the gateway's map, with its settings."),
  endpoint: z.string().min(1).max(512).optional().describe("Where no device of the map is meant."),
  timeLimitMs: z
    .int()
    .min(100)
    .max(30_000)
    .default(10_000)
    .describe("Then the gateway gives up, and says so."),
};

export const browseAsk = z.strictObject({
  ...askParts,
  kind: z.literal("browse"),
  root: z.string().max(4200).default("i=85").describe("NodeId; the Objects folder if absent."),
  match: z
    .array(z.string().min(1).max(256))
    .max(20)
    .default([])
    .describe("Globs over the names below the root: * and ? in a name, ** for any names."),
  depthMax: z.int().min(1).max(32).default(16),
  nodesMax: z.int().min(1).max(20_000).default(5000),
  variablesMax: z.int().min(1).max(2000).default(500),
  includesServer: z.boolean().default(false),
});

export const probeAsk = z.strictObject({
  ...askParts,
  kind: z.literal("probe"),
  address: z.string().max(64).describe("As in a device map, such as holding:100."),
  count: z.int().min(1).max(64).default(8).describe("Registers or bits."),
  unitId: z.int().min(0).max(255).optional().describe("1, or that of the device, if absent."),
  types: z.array(valueType).max(20).default([]).describe("All numeric types if empty."),
});

export const inspectAsk = z
  .discriminatedUnion("kind", [browseAsk, probeAsk])
  .refine(({ device, endpoint }) => (device === undefined) !== (endpoint === undefined), {
    error: "either a device or an endpoint",
    path: ["endpoint"],
  });

export type InspectAsk = z.infer<typeof inspectAsk>;

/** A whole number beyond 2^53 is a text. */
const told = z.union([z.number(), z.boolean(), z.string(), z.null()]);

export const browseAnswer = z.object({
  id: correlationId,
  isAnswered: z.literal(true),
  kind: z.literal("browse"),
  variables: z.array(
    z.object({
      path: z.array(z.string()),
      nodeId: z.string().describe("As a device map writes it."),
      type: valueType.optional().describe("Absent if no signal can have it."),
      dataType: z.string(),
      isWritable: z.boolean(),
      value: told.describe("Texts beyond 200 characters are cut."),
    }),
  ),
  nodesSeen: z.int(),
  isCut: z.boolean().describe("There is more than the bounds let it see."),
});

export const probeAnswer = z.object({
  id: correlationId,
  isAnswered: z.literal(true),
  kind: z.literal("probe"),
  addresses: z.array(z.string()),
  raw: z.array(z.union([z.number(), z.boolean(), z.null()])).describe("null: refused."),
  refused: z.array(z.object({ address: z.string(), why: z.string() })),
  meanings: z.array(
    z.object({
      type: valueType,
      order: tagOrder,
      values: z.array(told).describe("By place, as long as the type fits; null is no such value."),
      likely: z.array(z.int()).describe("Places whose value looks like what a machine says."),
    }),
  ),
});

export const refusalCodes = [
  /** The ask is not one; the message says where. */
  "malformed",
  /** The endpoint is not on the list `inspect.endpoints` of the gateway's map. */
  "notAllowed",
  /** The map has no such device, or it is of another protocol; or the server has no such node. */
  "notFound",
  /** Others are being answered. */
  "busy",
  /** The device does not answer. */
  "outOfReach",
  /** It was not done when its time was over. */
  "timeLimit",
] as const;

export const inspectRefusal = z.object({
  id: correlationId,
  isAnswered: z.literal(false),
  code: z.enum(refusalCodes),
  message: z.string().max(2000),
});

export const inspectAnswer = z.union([browseAnswer, probeAnswer, inspectRefusal]);

export type InspectAnswer = z.infer<typeof inspectAnswer>;
export type InspectRefusal = z.infer<typeof inspectRefusal>;
