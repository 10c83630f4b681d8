import { parseArgs } from "node:util";
import { planCommand } from "./plan.ts";
import { validateCommand } from "./validate.ts";

/** What a command prints, and the exit code that it ends with. */
export interface Outcome {
  readonly output: string;
  /** 0 all is well, 1 the device map has problems, 2 the command was called wrongly. */
  readonly exitCode: 0 | 1 | 2;
}

/** The engineer's command line, by name. */
const commands = {
  validate: validateCommand,
  plan: planCommand,
} satisfies Record<string, (mapFile: string, asJson: boolean) => Outcome>;

const help = `Usage: npm run inspect -- <command> <device map> [--json]

  validate   checks a device map: every problem with file, line, column, what is wrong, what is allowed
  plan       shows the requests that the gateway makes of a device map, and what they read for nothing

  --json     the same as JSON, for scripts
  --help     this text

Exit codes: 0 all is well, 1 the device map has problems, 2 the command was called wrongly.
`;

export function inspect(args: readonly string[]): Outcome {
  const wrong = (why: string): Outcome => ({ output: `${why}\n\n${help}`, exitCode: 2 });
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help === true) return { output: help, exitCode: 0 };
    const [name, mapFile, ...more] = positionals;
    if (name === undefined) return wrong("No command was given.");
    if (!isCommand(name)) return wrong(`There is no command "${name}".`);
    if (mapFile === undefined || more.length > 0) return wrong(`${name} takes one device map.`);
    return commands[name](mapFile, values.json === true);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name);
}
