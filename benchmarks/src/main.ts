import { parseArgs } from "node:util";
import { hoursByDefault, secondsByDefault, type BenchOptions } from "./bench-options.ts";
import { measureBackfill } from "./backfill.ts";
import { measureDrain } from "./drain/drain.ts";
import { inWords, report, type Figure } from "./figure.ts";
import { measureGateway } from "./gateway/gateway.ts";
import { measureIngest } from "./ingest.ts";
import { measureLive } from "./live.ts";
import { measureQueries } from "./queries.ts";

/** `npm run bench -- <what> [--seconds N] [--hours N] [--json]`: figures beside limits and peers, in one run. */
type Bench = (say: (text: string) => void, options: BenchOptions) => Promise<Figure[]>;

const benches: Record<string, Bench> = {
  backfill: measureBackfill,
  drain: measureDrain,
  gateway: measureGateway,
  ingest: measureIngest,
  live: measureLive,
  queries: measureQueries,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    hours: { type: "string", default: String(hoursByDefault) },
    seconds: { type: "string", default: String(secondsByDefault) },
  },
});
const seconds = Number(values.seconds);
const hours = Number(values.hours);
const wrong = positionals.filter((name) => benches[name] === undefined);
if (positionals.length === 0 || wrong.length > 0 || !(seconds > 0) || !(hours > 0)) {
  const names = Object.keys(benches).join("|");
  process.stderr.write(
    `npm run bench -- ${names} [--seconds N] [--hours N] [--json]${wrong.length > 0 ? `\nunknown: ${wrong.join(", ")}` : ""}\n`,
  );
  process.exitCode = 2;
} else {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const figures: Figure[] = [];
  for (const name of positionals)
    figures.push(...((await benches[name]?.(say, { seconds, hours })) ?? []));
  const database = process.env.DATABASE_URL === undefined ? "embedded TimescaleDB" : "DATABASE_URL";
  const made = report(figures, database);
  process.stdout.write(values.json ? `${JSON.stringify(made, null, 2)}\n` : inWords(made));
  const missed = figures.filter(({ value, target, better }) =>
    target === undefined ? false : better === "higher" ? value < target : value > target,
  );
  for (const { name } of missed) say(`${name} misses its target`);
}
