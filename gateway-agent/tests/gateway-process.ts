import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { GatewayStatus } from "../src/diagnostics/status.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The gateway as it is started in a plant: a process of its own. */
export class GatewayProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = "";
  stderr = "";
  http = "";

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [main, "--log-level", "warn", ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { PATH: "", ...environment },
    });
    this.child.stdout?.on("data", (chunk) => (this.stdout += String(chunk)));
    this.child.stderr?.on("data", (chunk) => (this.stderr += String(chunk)));
    // "close" never comes once the parent has disconnected: exit and the ends of its output do.
    const { stdout, stderr } = this.child;
    this.exited = Promise.all([
      once(this.child, "exit"),
      stdout && finished(stdout),
      stderr && finished(stderr),
    ]).then(([[code, signal]]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /** Resolves when it says that it is ready; rejects if it ends instead. */
  async ready(): Promise<this> {
    const ended = this.exited.then(({ code, signal }) => {
      throw new Error(`the gateway ended with ${code ?? signal}: ${this.stderr}`);
    });
    ended.catch(() => undefined);
    const [message] = (await Promise.race([once(this.child, "message"), ended])) as [
      { type: string; http: string },
    ];
    this.http = message.http;
    return this;
  }

  async status(): Promise<GatewayStatus> {
    const response = await fetch(`${this.http}/status`);
    return (await response.json()) as GatewayStatus;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }
}
