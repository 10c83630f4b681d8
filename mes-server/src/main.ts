import { pino, type Logger } from "pino";
import { BrokerRefused } from "./broker/startBroker.ts";
import { ConfigRefused, readConfig, type Config } from "./config/config.ts";
import { startServer, type Server } from "./startServer.ts";
import { DirectoryInUse } from "./store/embedded/directoryLock.ts";
import { EmbeddedDatabaseRefused } from "./store/embedded/startEmbedded.ts";
import { SchemaRefused } from "./store/migrate.ts";

/** The MES server as a process: options, signals, and the messages of whoever started it. */
const exitRefused = 2;
const shutdownMs = 8000;

type Command = { type: "shutdown" } | { type: "pids"; id: unknown };

async function main(): Promise<void> {
  const config = read();
  const log = pino({ name: "mes-server", level: config.logLevel }, pino.destination(2));
  const starting = startServer(config, log);
  listenForTheEnd(starting, log);
  const server = await starting.catch((error: unknown) => refuse(reasonOf(error, config)));

  process.on("message", (command: Command) => {
    if (command.type === "pids") {
      process.send?.({ type: "pids", id: command.id, ...server.pids() });
    }
  });
  process.stdout.write(`${JSON.stringify({ ready: true, ...server.ready })}\n`);
  process.send?.({ type: "ready", ...server.ready });
}

function read(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigRefused) return refuse(error.message);
    throw error;
  }
}

function refuse(message: string): never {
  process.stderr.write(`mes-server: ${message}\n`);
  process.exit(exitRefused);
}

/** What stands in the way of the start, in words; an error that nobody foresaw keeps its stack. */
function reasonOf(error: unknown, config: Config): string {
  if (error instanceof BrokerRefused && error.code === "EADDRINUSE") {
    return portInUse(config.mqttPort, config.mqttHost, "--mqtt-port");
  }
  if (isPortInUse(error)) return portInUse(config.httpPort, config.httpHost, "--http-port");
  const isForeseen =
    error instanceof BrokerRefused ||
    error instanceof DirectoryInUse ||
    error instanceof EmbeddedDatabaseRefused ||
    error instanceof SchemaRefused;
  if (isForeseen) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isPortInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

function portInUse(port: number, host: string, option: string): string {
  return `port ${port} of ${host} is in use by another program: stop it, or choose another port with ${option} (0 is any free one)`;
}

function listenForTheEnd(starting: Promise<Server>, log: Logger): void {
  let isEnding = false;
  const end = (cause: string): void => {
    if (isEnding) return;
    isEnding = true;
    log.info({ cause }, "ending");
    const force = setTimeout(() => {
      log.error("could not end in time");
      process.exit(1);
    }, shutdownMs);
    starting
      .then((server) => server.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, "could not end cleanly");
          process.exit(1);
        },
      )
      .finally(() => clearTimeout(force));
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  process.on("disconnect", () => end("the parent is gone"));
  process.on("message", (command: Command) => {
    if (command.type === "shutdown") end("asked to");
  });
}

await main();
