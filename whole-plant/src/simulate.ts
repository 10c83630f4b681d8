import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { daysInWords, simulateDays, type DaysVerdict } from "./fortnight/simulate-days.ts";
import { parseSimulateOptions, simulateHelp, type SimulateOptions } from "./simulate-options.ts";
import { simulate, type Verdict } from "./simulated-run.ts";

/** `npm run simulate`: a seeded run of the whole plant with faults, judged by its ground truth. */
try {
  const options = parseSimulateOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(simulateHelp());
  else if (options.days === undefined) process.exitCode = (await run(options)).equal ? 0 : 1;
  else process.exitCode = (await runDays({ ...options, days: options.days })).equal ? 0 : 1;
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 2;
}

async function run(options: SimulateOptions): Promise<Verdict> {
  const dataDir = options["data-dir"] ?? mkdtempSync(join(tmpdir(), "only-mes-simulate-"));
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const verdict = await simulate({ ...options, dataDir, say });
  if (options.json) process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
  else process.stdout.write(inWords(verdict));
  if (verdict.equal && options["data-dir"] === undefined) rmSync(dataDir, { recursive: true });
  else say(`data and logs are kept in ${dataDir}`);
  if (!verdict.equal) {
    const { seed, minutes, faults, speed } = options;
    const kinds = faults.join(",") || "none";
    say(
      `replay: npm run simulate -- --seed ${seed} --minutes ${minutes} --speed ${speed} --faults ${kinds}`,
    );
  }
  return verdict;
}

async function runDays(options: SimulateOptions & { days: number }): Promise<DaysVerdict> {
  const dataDir = options["data-dir"] ?? mkdtempSync(join(tmpdir(), "only-mes-days-"));
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const isRough = options.faults.length > 0;
  const verdict = await simulateDays({ ...options, isRough, dataDir, say });
  process.stdout.write(
    options.json ? `${JSON.stringify(verdict, null, 2)}\n` : daysInWords(verdict),
  );
  if (verdict.equal && options["data-dir"] === undefined) rmSync(dataDir, { recursive: true });
  else say(`data and logs are kept in ${dataDir}`);
  const { seed, days, speed } = options;
  const faults = isRough ? "all" : "none";
  if (!verdict.equal) {
    say(
      `replay: npm run simulate -- --seed ${seed} --days ${days} --speed ${speed} --faults ${faults}`,
    );
  }
  return verdict;
}

function inWords({ equal, differences, result }: Verdict): string {
  const { units, samples } = result;
  const rows = Object.entries(units).map(
    ([id, { good, scrap, stateChanges }]) =>
      `  ${id.padEnd(24)} good ${String(good).padStart(8)}  scrap ${String(scrap).padStart(6)}  state changes ${stateChanges}`,
  );
  const verdict = equal ? "equal to the truth" : `DIFFERENT:\n  ${differences.join("\n  ")}`;
  return `${rows.join("\n")}\n  samples ${samples.produced} produced, ${samples.lost} lost, ${samples.doubled} doubled\n${verdict}\n`;
}

/** A wrong option needs no stack. */
function explain(error: unknown): string {
  if (error instanceof RangeError || !(error instanceof Error)) return String(error);
  return error.stack ?? error.message;
}
