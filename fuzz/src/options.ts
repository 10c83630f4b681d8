import { parseArgs } from "node:util";
import { fuzzTargets, targetNames, type TargetName } from "./targets.ts";

export interface FuzzOptions {
  readonly targets: readonly TargetName[];
  readonly seed: number;
  readonly firstCase: number;
  readonly cases: number;
  readonly json: boolean;
}

export class WrongOption extends Error {}

export function optionsHelp(): string {
  const targets = targetNames.map((name) => `  ${name.padEnd(18)} ${fuzzTargets[name].what}\n`);
  return (
    "npm run fuzz -- [--target <name>]… [--cases 10000] [--seed 1] [--case <n>] [--json]\n" +
    "  --target   may be repeated; all of them if absent\n" +
    "  --case     this case alone, to look at a failure\n" +
    `exit codes: 0 no failure, 1 failures, 2 called wrongly\ntargets:\n${targets.join("")}`
  );
}

/** @throws {WrongOption} that says what is allowed. */
export function readOptions(args: readonly string[]): FuzzOptions | "help" {
  const values = valuesOf(args);
  if (values.help) return "help";
  const targets = values.target ?? targetNames;
  const unknown = targets.filter((name) => !Object.hasOwn(fuzzTargets, name));
  if (unknown.length > 0) throw new WrongOption(`unknown target: ${unknown.join(", ")}`);
  const only = values.case === undefined ? undefined : whole("case", values.case);
  return {
    targets: targets as TargetName[],
    seed: whole("seed", values.seed),
    firstCase: only ?? 0,
    cases: only === undefined ? whole("cases", values.cases) : 1,
    json: values.json,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        target: { type: "string", multiple: true },
        cases: { type: "string", default: "10000" },
        seed: { type: "string", default: "1" },
        case: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new WrongOption(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(number) || number < 0) {
    throw new WrongOption(`--${name} is "${text}" (allowed: a whole number from 0)`);
  }
  return number;
}
