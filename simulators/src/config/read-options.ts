import { parseArgs } from "node:util";
import type { z } from "zod";

/** @throws {RangeError} that says which option is wrong, and why. */
export function readOptions<T extends z.ZodObject>(schema: T, argv: readonly string[]): z.infer<T> {
  const options = Object.fromEntries(
    Object.entries(schema.shape).map(([name, option]) => [
      name,
      { type: isFlag(option as z.ZodType) ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({ args: [...argv], options, allowPositionals: false }));
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
  const parsed = schema.safeParse({ ...values });
  if (parsed.success) return Object.freeze(parsed.data) as z.infer<T>;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const given = values[String(path[0])];
    return `--${path.join(".")}${given === undefined ? "" : ` ${given}`}: ${message}`;
  });
  throw new RangeError(problems.join("\n"));
}

/** The options of a schema as text for `--help`. */
export function describeOptions(schema: z.ZodObject): string {
  return Object.entries(schema.shape)
    .map(([name, option]) => {
      const text = (option as z.ZodType).description ?? "";
      const absent = (option as z.ZodType).safeParse(undefined).data;
      const isPlain = typeof absent === "number" || typeof absent === "string";
      return `  --${name.padEnd(16)} ${text}${isPlain ? ` [${absent}]` : ""}`;
    })
    .join("\n");
}

function isFlag(option: z.ZodType): boolean {
  return option.safeParse(true).data === true;
}
