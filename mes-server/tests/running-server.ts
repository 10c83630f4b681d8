import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import type { ServerDatabases } from "./server-databases.ts";

/** The server as a process of its own, as `npm start` runs it. */
export interface RunningServer {
  http: string;
  mqtt: string;
  child: ChildProcess;
  /** Settles with its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  pids(): Promise<{ server: number; database: number | null; broker: number | null }>;
  metric(name: string): Promise<number>;
  api<Answer>(path: string): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Refused {
  code: number | string;
  stderr: string;
}

const program = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function launch(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { child: ChildProcess; stderr: () => string } {
  const child = fork(program, ["--log-level", process.env["TEST_LOG"] ?? "warn", ...args], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
    env,
  });
  let stderr = "";
  child.stderr?.on("data", (data: Buffer) => {
    stderr += data.toString();
    if (process.env["TEST_LOG"]) process.stderr.write(data);
  });
  return { child, stderr: () => stderr };
}

/** @throws {Error} with what it wrote to stderr, if it ends before it is ready. */
export async function runServer(
  databases: ServerDatabases,
  dataDir: string,
  args: readonly string[] = [],
): Promise<RunningServer> {
  const env = await databases.environmentFor(dataDir);
  const options = ["--data-dir", dataDir, "--http-port", "0", "--mqtt-port", "0", ...args];
  const { child, stderr } = launch(options, env);
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  const ready = await Promise.race([
    once(child, "message").then(([message]) => message as { http: string; mqtt: string }),
    ended.then((code) => {
      throw new Error(`the server ended with ${code}: ${stderr()}`);
    }),
  ]);
  return {
    http: ready.http,
    mqtt: ready.mqtt,
    child,
    ended,
    async pids() {
      child.send({ type: "pids", id: 1 });
      const [answer] = await once(child, "message");
      return answer;
    },
    async metric(name) {
      const text = await (await fetch(`${ready.http}/metrics`)).text();
      return text
        .split("\n")
        .filter((line) => new RegExp(`^${name}[ {]`).test(line))
        .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
    async api<Answer>(path: string) {
      return (await (await fetch(`${ready.http}/api/v1${path}`)).json()) as Answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const outcome = await Promise.race([ended, delay(10_000, "late", { ref: false })]);
      if (outcome === "late") child.kill("SIGKILL");
    },
  };
}

/** A start that must fail. */
export async function runRefused(args: readonly string[]): Promise<Refused> {
  const { child, stderr } = launch(args, process.env);
  const [code, signal] = await once(child, "exit");
  return { code: code ?? signal, stderr: stderr() };
}
