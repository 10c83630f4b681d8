import { resolve } from "node:path";
import { ChildFailed } from "./child.ts";
import { clockOfDirectory } from "./clock-file.ts";
import { ensureConsole } from "./console-build.ts";
import { startPlant, type Plant } from "./plant.ts";
import { parseStartOptions, startHelp, type StartOptions } from "./start-options.ts";

/** `npm start`: the whole plant on this machine, until Ctrl-C. */
const parentLookMs = 500;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) say(startHelp());
  else await run(options);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 2;
}

async function run(options: StartOptions): Promise<void> {
  const dataDir = resolve(options["data-dir"]);
  say("Only MES is starting…");
  const starting = startPlant({
    dataDir,
    clock: clockOfDirectory(dataDir, options.speed),
    seed: options.seed,
    httpPort: options["http-port"],
    mqttPort: options["mqtt-port"],
    lanes: options.lanes,
    simulators: !options["no-simulators"],
    consoleDir: ensureConsole(),
    ...(options.map !== undefined && { deviceMap: resolve(options.map) }),
    onRestart: (name, why) => say(`${name} ended (${why}); starting it again`),
  });
  const stop = stopOnce(starting);
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  if (options["end-with-parent"]) onParentGone(stop);
  const plant = await starting;
  say(summary(plant, dataDir));
  const { http, mqtt, database, lines } = plant;
  say(JSON.stringify({ ready: true, http, mqtt, database, lines }));
}

/** Ends the plant in order, at the first call; all its processes end with this one in any case. */
function stopOnce(starting: Promise<Plant>): () => void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    say("Only MES is stopping…");
    await starting.then((plant) => plant.stop()).catch(() => {});
    process.exit(0);
  };
  return () => void stop();
}

/**
 * npm hands a signal on to its shell only, and the shell dies of it without a word: its child sees
 * nothing but another parent.
 */
function onParentGone(gone: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) gone();
  }, parentLookMs).unref();
}

function summary({ http, mqtt, database, lines }: Plant, dataDir: string): string {
  return [
    "",
    `  Console   ${http}`,
    `  Brands    ${http}/?brand=northwind   ${http}/?brand=steinbach`,
    `  API       ${http}/api/openapi.json`,
    `  MQTT      ${mqtt}   (Sparkplug B)`,
    `  Database  ${database}`,
    `  Lines     ${lines.join(", ") || "none yet: connect a gateway"}`,
    `  Data      ${dataDir}   (logs in ${dataDir}/logs)`,
    "",
    "  Ctrl-C ends it.",
    "",
  ].join("\n");
}

function explain(error: unknown): string {
  if (error instanceof ChildFailed) return error.exit.lastWords.trim() || error.message;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
