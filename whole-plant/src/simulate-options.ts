import { describeOptions, readOptions } from "@only-mes/simulators/config/read-options";
import { faultKinds } from "@only-mes/simulators/faults/plan";
import { z } from "zod";

const kinds = z
  .string()
  .default("all")
  .transform((text, context) => {
    if (text === "all") return [...faultKinds];
    if (text === "none") return [];
    const chosen = text.split(",");
    const wrong = chosen.filter((kind) => !(faultKinds as readonly string[]).includes(kind));
    if (wrong.length > 0) {
      context.addIssue(`${wrong.join(", ")} unknown; allowed: all, none, ${faultKinds.join(", ")}`);
    }
    return chosen as (typeof faultKinds)[number][];
  })
  .describe("all, none, or kinds separated by commas");

/** Options of `npm run simulate`. */
const simulateOptions = z.strictObject({
  seed: z.coerce.number().int().min(0).default(1).describe("chance of plant and faults"),
  minutes: z.coerce.number().positive().max(100_000).default(60).describe("of plant time"),
  faults: kinds,
  speed: z.coerce.number().positive().max(120).default(20).describe("how fast plant time runs"),
  lanes: z.coerce.number().int().min(1).max(16).default(2).describe("worker threads that fold"),
  "data-dir": z.string().optional().describe("kept; a temporary folder if absent"),
  json: z.boolean().default(false).describe("the verdict as JSON, truth and result side by side"),
  help: z.boolean().default(false).describe("this text"),
});

export type SimulateOptions = z.infer<typeof simulateOptions>;

/** @throws {RangeError} naming the option, what is wrong and what is allowed. */
export function parseSimulateOptions(args: string[]): SimulateOptions {
  return readOptions(simulateOptions, args);
}

export function simulateHelp(): string {
  return `npm run simulate -- [options]\n\n${describeOptions(simulateOptions)}\n`;
}
