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
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(60)
    .optional()
    .describe(
      "instead of minutes: days of a slower plant with shifts, orders, stops and edits, told over MQTT " +
        "as fast as it can be lived through; from 2026-10-19, so that 7 and more change the clocks",
    ),
  faults: kinds,
  speed: z.coerce
    .number()
    .positive()
    .optional()
    .describe("how fast plant time runs: 20 by default (at most 120), with --days 4000"),
  lanes: z.coerce.number().int().min(1).max(16).default(2).describe("worker threads that fold"),
  "data-dir": z.string().optional().describe("kept; a temporary folder if absent"),
  json: z.boolean().default(false).describe("the verdict as JSON, truth and result side by side"),
  help: z.boolean().default(false).describe("this text"),
});

export type SimulateOptions = z.infer<typeof simulateOptions> & { speed: number };

/** Real PLCs are polled every 250 ms of plant time; days are told, so that nobody polls. */
const speeds = { minutes: { usual: 20, max: 120 }, days: { usual: 4000, max: 20_000 } } as const;

/** @throws {RangeError} naming the option, what is wrong and what is allowed. */
export function parseSimulateOptions(args: string[]): SimulateOptions {
  const options = readOptions(simulateOptions, args);
  const { usual, max } = options.days === undefined ? speeds.minutes : speeds.days;
  const speed = options.speed ?? usual;
  if (speed > max) throw new RangeError(`--speed ${speed}: must be at most ${max}`);
  return { ...options, speed };
}

export function simulateHelp(): string {
  return `npm run simulate -- [options]\n\n${describeOptions(simulateOptions)}\n`;
}
