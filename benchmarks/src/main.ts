import { parseArgs } from "node:util";
import { inWords, report, type Figure } from "./figure.ts";
import { measureIngest } from "./ingest.ts";
import { measureLive } from "./live.ts";

/** `npm run bench -- <what> [--json]`: figures beside limits and peers, in one run. */
const benches: Record<string, (say: (text: string) => void) => Promise<Figure[]>> = {
  ingest: measureIngest,
  live: measureLive,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const wrong = positionals.filter((name) => benches[name] === undefined);
if (positionals.length === 0 || wrong.length > 0) {
  const names = Object.keys(benches).join("|");
  process.stderr.write(
    `npm run bench -- ${names} [--json]${wrong.length > 0 ? `\nunknown: ${wrong.join(", ")}` : ""}\n`,
  );
  process.exitCode = 2;
} else {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const figures: Figure[] = [];
  for (const name of positionals) figures.push(...((await benches[name]?.(say)) ?? []));
  const database = process.env.DATABASE_URL === undefined ? "embedded TimescaleDB" : "DATABASE_URL";
  const made = report(figures, database);
  process.stdout.write(values.json ? `${JSON.stringify(made, null, 2)}\n` : inWords(made));
  const missed = figures.filter(({ value, target, better }) =>
    target === undefined ? false : better === "higher" ? value < target : value > target,
  );
  for (const { name } of missed) say(`${name} misses its target`);
}
