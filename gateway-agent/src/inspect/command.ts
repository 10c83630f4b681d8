import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

/** What a command prints at its end, and the exit code that it ends with. */
export interface Outcome {
  readonly output: string;
  readonly exitCode: ExitCode;
}

/** 0 all is well · 1 the map, the list or a device has problems · 2 called wrongly · 3 out of reach. */
type ExitCode = 0 | 1 | 2 | 3;

export const exitCodesHelp =
  "Exit codes: 0 all is well, 1 the map, the list or the device has problems, " +
  "2 the command was called wrongly, 3 a device is out of reach.";

/** The terminal that a command runs in. */
export interface Terminal {
  /** Text that comes before the end, such as live values. */
  write(text: string): void;
  /** Whether a person looks at it: a picture can then be drawn over the last one. */
  readonly isScreen: boolean;
  readonly rows: number;
  /** Ctrl-C. */
  readonly stopping: AbortSignal;
}

interface Option {
  /** Such as `<n>`; an option without a value is a flag. */
  readonly value?: string;
  readonly repeated?: boolean;
  readonly help: string;
}

export interface Command {
  readonly summary: string;
  /** The arguments, such as `<device map> [<device>]`. */
  readonly takes: string;
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  readonly options: Readonly<Record<string, Option>>;
  /** What else a person must know. */
  readonly notes?: string;
  readonly examples: readonly string[];
  run(call: Call, terminal: Terminal): Outcome | Promise<Outcome>;
}

/** The command was called wrongly; the message is meant for the person who did. */
export class CallError extends Error {
  override readonly name = "CallError";
}

/** A device, or the way to it, does not answer. */
export class OutOfReach extends Error {
  override readonly name = "OutOfReach";
}

const everyCommand: Readonly<Record<string, Option>> = {
  json: { help: "the same as JSON, for scripts" },
  help: { help: "this text" },
};

/** What was asked of a command. */
export class Call {
  readonly args: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

  constructor(args: readonly string[], values: Call["values"]) {
    this.args = args;
    this.#values = values;
  }

  get values() {
    return this.#values;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  all(name: string): string[] {
    const value = this.#values[name];
    return (Array.isArray(value) ? value : []).filter((one) => typeof one === "string");
  }

  /** @throws {CallError} unless it is a whole number within the bounds. */
  number(name: string, bounds: { least: number; most: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= bounds.least && value <= bounds.most) return value;
    throw new CallError(`--${name} ${text}: allowed is ${bounds.least} to ${bounds.most}.`);
  }

  /** @throws {CallError} unless it is one of them. */
  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one === text);
    if (found !== undefined) return found;
    throw new CallError(
      `--${name} ${text}: allowed is ${allowed.join(", ")}.${meant(text, allowed)}`,
    );
  }
}

/** @throws {CallError} that names what is wrong, and what was probably meant. */
export function readCall(name: string, command: Command, args: readonly string[]): Call {
  const options = { ...command.options, ...everyCommand };
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true });
  const positionals: string[] = [];
  const values: Record<string, string | boolean | string[]> = {};
  const taken = new Set<number>();
  for (const token of tokens) {
    if (taken.has(token.index)) continue;
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined || !token.rawName.startsWith("--")) {
      const known = Object.keys(options);
      throw new CallError(
        `${name} has no option ${token.rawName}.${meant(token.name, known, "--")}`,
      );
    }
    if (option.value === undefined) {
      if (token.value !== undefined) throw new CallError(`--${token.name} takes no value.`);
      values[token.name] = true;
      continue;
    }
    const next = args[token.index + 1];
    const isBehind = token.value === undefined && next !== undefined && !next.startsWith("--");
    if (isBehind) taken.add(token.index + 1);
    const value = token.value ?? (isBehind ? next : undefined);
    if (value === undefined) throw new CallError(`--${token.name} takes ${option.value}.`);
    const before = values[token.name];
    if (option.repeated === true) {
      values[token.name] = [...(Array.isArray(before) ? before : []), value];
    } else if (before === undefined) values[token.name] = value;
    else throw new CallError(`--${token.name} was given twice.`);
  }
  const { argumentsMin, argumentsMax } = command;
  const isHelp = values["help"] === true;
  if (!isHelp && (positionals.length < argumentsMin || positionals.length > argumentsMax)) {
    throw new CallError(`${name} takes ${command.takes}.`);
  }
  return new Call(positionals, values);
}

/** The suggestion behind a message, with a space before it; empty if nothing is near. */
export function meant(given: string, candidates: readonly string[], prefix = ""): string {
  const near = nearest(given, candidates);
  return near === undefined ? "" : ` Did you mean ${prefix}${near}?`;
}

export function helpOf(name: string, command: Command): string {
  const options = Object.entries({ ...command.options, ...everyCommand }).map(
    ([option, { value, repeated, help }]) => [
      `--${option}${value === undefined ? "" : ` ${value}`}`,
      `${help}${repeated === true ? "; may be repeated" : ""}`,
    ],
  );
  const width = Math.max(...options.map(([left = ""]) => left.length));
  return [
    `Usage: npm run inspect -- ${name} ${command.takes} [options]`,
    "",
    command.summary,
    "",
    ...options.map(([left = "", right = ""]) => `  ${left.padEnd(width)}  ${right}`),
    ...(command.notes === undefined ? [] : ["", command.notes]),
    "",
    "Examples:",
    ...command.examples.map((example) => `  npm run inspect -- ${example}`),
    "",
    exitCodesHelp,
    "",
  ].join("\n");
}
