import { browse } from "./browse.ts";
import {
  CallError,
  exitCodesHelp,
  helpOf,
  meant,
  OutOfReach,
  readCall,
  type Command,
  type Outcome,
  type Terminal,
} from "./command.ts";
import { diff } from "./diff.ts";
import { exportTags } from "./export.ts";
import { importTags } from "./import.ts";
import { plan } from "./plan.ts";
import { probe } from "./probe.ts";
import { trust } from "./trust.ts";
import { validate } from "./validate.ts";
import { watch } from "./watch.ts";

/** The engineer's command line, by name, in the order of a day's work. */
const commands: Readonly<Record<string, Command>> = {
  validate,
  diff,
  plan,
  browse,
  probe,
  import: importTags,
  export: exportTags,
  watch,
  trust,
};

export async function inspect(args: readonly string[], terminal: Terminal): Promise<Outcome> {
  const [first, ...rest] = args;
  const [name, ...rest2] = first === "help" ? rest : args;
  if (name === undefined || name === "--help" || name === "-h") {
    return first === undefined
      ? { output: `No command was given.\n\n${overview()}`, exitCode: 2 }
      : { output: overview(), exitCode: 0 };
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(commands);
    const why = `There is no command "${name}".${meant(name, known)}`;
    return { output: `${why}\n\n${overview()}`, exitCode: 2 };
  }
  if (first === "help") return { output: helpOf(name, command), exitCode: 0 };
  try {
    const call = readCall(name, command, rest2);
    if (call.flag("help")) return { output: helpOf(name, command), exitCode: 0 };
    return await command.run(call, terminal);
  } catch (error) {
    if (error instanceof OutOfReach) return { output: `${error.message}\n`, exitCode: 3 };
    if (!(error instanceof CallError)) throw error;
    const more = `npm run inspect -- ${name} --help explains it.`;
    return { output: `${error.message}\n${more}\n`, exitCode: 2 };
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    "Usage: npm run inspect -- <command> … [options]",
    "",
    ...Object.entries(commands).map(
      ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary.split("\n")[0] ?? ""}`,
    ),
    "",
    "Every command takes --json and --help. In scripts call npm with -s: its own lines then stay away.",
    exitCodesHelp,
    "",
  ].join("\n");
}
