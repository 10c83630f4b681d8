import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real mosquitto on a free port of 127.0.0.1, with nothing kept over its end. */
export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Debian keeps it where only root looks. `undefined`: it is not installed. */
export function findMosquitto(): string | undefined {
  return ["mosquitto", "/usr/sbin/mosquitto"].find(
    (name) => spawnSync(name, ["-h"]).error === undefined,
  );
}

/** @throws {Error} with what it said, if it does not run. */
export async function startMosquitto(program: string): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), "only-mes-mosquitto-"));
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    "log_dest stderr",
    "log_type error",
    "log_type information",
  ];
  writeFileSync(config, lines.join("\n"));
  const broker = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(broker, "exit");
  const said = await untilItRuns(broker.stderr);
  if (said !== undefined) throw new Error(`mosquitto does not run: ${said}`);
  broker.stderr.resume();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async close() {
      broker.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says "running" when its sockets are open. @returns what it said, if it ended before. */
async function untilItRuns(stderr: Readable): Promise<string | undefined> {
  let said = "";
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes(" running")) return undefined;
  }
  return said;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
