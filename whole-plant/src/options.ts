import { parseArgs } from "node:util";
import type { z } from "zod";

/**
 * Command-line options from a schema: names, defaults, bounds and help are written once.
 *
 * @throws {Error} naming the option, what is wrong and what is allowed.
 */
export function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  args: string[],
): z.infer<Schema> {
  const options = Object.fromEntries(
    Object.entries(schema.shape).map(([name, option]) => [
      name,
      { type: takesNoValue(option) ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const { values } = parseArgs({ args, options, strict: true });
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `--${path.join(".")} ${String(values[String(path[0])])}: ${message}`,
  );
  throw new Error(problems.join("\n"));
}

export function optionHelp(command: string, schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([name, option]) => {
    const fallback = (option as z.ZodType).safeParse(undefined).data;
    const shown =
      typeof fallback === "string" || typeof fallback === "number" ? ` (${fallback})` : "";
    return `  --${name.padEnd(15)} ${(option as z.ZodType).description ?? ""}${shown}`;
  });
  return `${command} -- [options]\n\n${rows.join("\n")}\n`;
}

function takesNoValue(option: unknown): boolean {
  return (option as z.ZodType).safeParse(true).data === true;
}
