import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../src/until.ts";

/** A real mosquitto on a free port of 127.0.0.1. */
export interface Mosquitto {
  url: string;
  stop(): Promise<void>;
}

export function mosquittoIsInstalled(): boolean {
  return spawnSync("mosquitto", ["-h"]).error === undefined;
}

export async function startMosquitto(): Promise<Mosquitto> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "only-mes-mosquitto-"));
  const config = join(dir, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  const broker = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
  await until("mosquitto listens", 10_000, () => canConnect(port));
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      broker.kill("SIGTERM");
      await once(broker, "exit");
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function canConnect(port: number): Promise<true> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  return true;
}
