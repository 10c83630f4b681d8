import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { DatabaseProcessMessage } from "./databaseProcess.ts";

/** A running embedded database. It dies with this process. */
export interface EmbeddedDatabase {
  url: string;
  port: number;
  pid: number;
  /** Settles when the process has ended, wanted or not. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** The database could not be opened; the message says why, and what to do. */
export class EmbeddedDatabaseRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EmbeddedDatabaseRefused";
  }
}

const program = fileURLToPath(new URL("databaseProcess.ts", import.meta.url));
const closeWithinMs = 5000;

/**
 * Opens TimescaleDB, compiled to WebAssembly, on a directory, in a process of its own. It listens on
 * loopback; port 0 is any free one.
 *
 * @throws {EmbeddedDatabaseRefused} if the directory is in use for longer than `lockWaitMs`, or is no database.
 */
export async function startEmbedded(
  directory: string,
  { lockWaitMs = 10_000, port = 0 }: { lockWaitMs?: number; port?: number } = {},
): Promise<EmbeddedDatabase> {
  const options = ["--lock-wait-ms", String(lockWaitMs), "--port", String(port)];
  const child = fork(program, ["--dir", directory, ...options], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const openedPort = await firstWord(child);
  return {
    url: `postgresql://postgres@127.0.0.1:${openedPort}/postgres`,
    port: openedPort,
    pid: child.pid ?? 0,
    ended,
    close: async () => {
      if (child.connected) child.send({ type: "shutdown" });
      const force = setTimeout(() => child.kill("SIGKILL"), closeWithinMs);
      await ended;
      clearTimeout(force);
    },
  };
}

function firstWord(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("message", (message: DatabaseProcessMessage) => {
      if (message.type === "ready") resolve(message.port);
      else reject(new EmbeddedDatabaseRefused(message.message));
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(
        new EmbeddedDatabaseRefused(
          `the embedded database ended while it was opening (${signal ?? `exit code ${code}`})`,
        ),
      );
    });
  });
}
