import { z } from "zod";

const count = z.coerce.number().int().positive();

/** Options of `load`; their descriptions are the help text. */
export const loadOptions = z.strictObject({
  mqtt: z
    .url({ protocol: /^mqtts?$/, error: "must be mqtt://<host>:<port>" })
    .default("mqtt://127.0.0.1:1883")
    .describe("the broker; a host application must be online there"),
  nodes: count.default(2).describe("edge nodes, a line each"),
  signals: count.default(100).describe("signals of each of them"),
  message: count.default(1000).describe("samples in a message"),
  window: count.default(64).describe("unacknowledged messages of one node"),
  samples: count.default(200_000).describe("in all"),
  rate: count
    .optional()
    .describe("samples a second in all; as fast as they are committed if absent"),
  group: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, "small letters, digits and -")
    .default("load")
    .describe("Sparkplug group, and the beginning of the names of lines"),
  host: z.string().min(1).default("only-mes").describe("id of the host application"),
});

export type LoadCommandOptions = z.infer<typeof loadOptions>;
