import { optionsHelp, readOptions, WrongOption, type FuzzOptions } from "./options.ts";
import { runWatched } from "./run-watched.ts";
import type { FuzzResult } from "./run-target.ts";

/** `npm run fuzz`: every decoder under hostile input, judged by an oracle. Exit 1 on any failure. */
async function run({ targets, seed, firstCase, cases, json }: FuzzOptions): Promise<void> {
  const results: FuzzResult[] = [];
  for (const name of targets) {
    const result = await runWatched({ name, seed, firstCase, cases });
    results.push(result);
    if (!json) process.stdout.write(inWords(result));
  }
  const ok = results.every(({ crashes, misattributed }) => crashes + misattributed === 0);
  if (json) process.stdout.write(`${JSON.stringify({ seed, ok, targets: results }, null, 2)}\n`);
  if (!ok) process.exitCode = 1;
}

function inWords(result: FuzzResult): string {
  const { target, cases, crashes, misattributed, outcomes, failures, seconds } = result;
  const counted = Object.entries(outcomes).map(([name, times]) => `${times} ${name}`);
  const told = failures.map(({ kind, message, replay }) => `  ${kind}: ${message}\n  ${replay}\n`);
  return (
    `${target}: ${cases} cases in ${seconds} s, ${crashes} crashes, ${misattributed} misattributed\n` +
    `  ${counted.join(", ")}\n${told.join("")}`
  );
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(optionsHelp());
  else await run(options);
} catch (error) {
  if (!(error instanceof WrongOption)) throw error;
  process.stderr.write(`${error.message}\n${optionsHelp()}`);
  process.exitCode = 2;
}
