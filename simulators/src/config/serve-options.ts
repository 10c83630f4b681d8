import { parseArgs } from "node:util";
import {
  formatClockSetting,
  parseClockSetting,
  wallClockSetting,
} from "@only-mes/protocols/plant/clock";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

/** Options of `serve`; their descriptions are the help text. */
export const serveOptions = z.strictObject({
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .default(1)
    .describe("whole number; the same seed makes the same plant and the same history"),
  clock: z
    .string()
    .default(formatClockSetting(wallClockSetting))
    .transform((text, context) => {
      try {
        return parseClockSetting(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as Error).message });
        return z.NEVER;
      }
    })
    .describe("plant time: <realOriginMs>,<plantOriginMs>,<speed>; the wall clock if absent"),
  "state-dir": z
    .string()
    .min(1)
    .default(".data/simulators")
    .describe("keeps the plant over restarts, and the OPC UA server's keys"),
  "opcua-port": port.default(4840).describe("of the bottling line's PLC; 0 is any free port"),
  "modbus-port": port.default(5020).describe("of the presses' PLC; 0 is any free port"),
  "meter-port": port.default(5021).describe("of the energy meter; 0 is any free port"),
  "for-minutes": z.coerce
    .number()
    .positive()
    .optional()
    .describe("the plant stops producing after so many minutes of plant time"),
  "truth-file": z
    .string()
    .min(1)
    .optional()
    .describe("every piece, state change and reset, a line of JSON each"),
  "wait-for-begin": z
    .boolean()
    .default(false)
    .describe("a new plant stands still until the IPC message {type: begin}"),
});

export type ServeOptions = z.infer<typeof serveOptions>;

/** @throws {RangeError} that says which option is wrong, and why. */
export function readOptions<T extends z.ZodObject>(schema: T, argv: readonly string[]): z.infer<T> {
  const options = Object.fromEntries(
    Object.entries(schema.shape).map(([name, option]) => [
      name,
      { type: isFlag(option as z.ZodType) ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({ args: [...argv], options, allowPositionals: false }));
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
  const parsed = schema.safeParse({ ...values });
  if (parsed.success) return Object.freeze(parsed.data) as z.infer<T>;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `--${path.join(".")} ${String(values[String(path[0])])}: ${message}`,
  );
  throw new RangeError(problems.join("\n"));
}

/** The options of a schema as text for `--help`. */
export function describeOptions(schema: z.ZodObject): string {
  return Object.entries(schema.shape)
    .map(([name, option]) => {
      const text = (option as z.ZodType).description ?? "";
      return `  --${name.padEnd(16)} ${text}`;
    })
    .join("\n");
}

function isFlag(option: z.ZodType): boolean {
  return option.safeParse(true).data === true;
}
