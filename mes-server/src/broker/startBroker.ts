import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BrokerProcessMessage } from "./brokerProcess.ts";

/** A running embedded broker. It dies with this process. */
export interface EmbeddedBroker {
  port: number;
  pid: number;
  /** Settles when the process has ended, wanted or not. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** The broker could not listen. */
export class BrokerRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "BrokerRefused";
    this.code = code;
  }
}

const program = fileURLToPath(new URL("brokerProcess.ts", import.meta.url));
const closeWithinMs = 2000;

/** @throws {BrokerRefused} with `EADDRINUSE` if the port is in use. */
export async function startBroker(host: string, port: number): Promise<EmbeddedBroker> {
  const child = fork(program, ["--host", host, "--port", String(port)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  return {
    port: await listeningPort(child),
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

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("message", (message: BrokerProcessMessage) => {
      if (message.type === "ready") resolve(message.port);
      else reject(new BrokerRefused(message.code, message.message));
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(new BrokerRefused("", `the broker ended while starting (${signal ?? code})`));
    });
  });
}
