import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "./broker.ts";

export interface RuleBroker {
  readonly kind: "mosquitto" | "embedded";
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Debian keeps it where only root looks. */
const program = ["mosquitto", "/usr/sbin/mosquitto"].find(
  (name) => spawnSync(name, ["-h"]).error === undefined,
);
if (program === undefined) {
  process.stderr.write(
    "mosquitto is not installed: the rules of Sparkplug are tried on the embedded broker\n",
  );
}

/** The broker that rules of MQTT are tried on: a real mosquitto, or, where there is none, the embedded one. */
export async function startRuleBroker(): Promise<RuleBroker> {
  if (program !== undefined) return await startMosquitto(program);
  const embedded = await startBroker();
  return { ...embedded, kind: "embedded" };
}

async function startMosquitto(name: string): Promise<RuleBroker> {
  const folder = mkdtempSync(join(tmpdir(), "mosquitto-"));
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type information\n`,
  );
  const broker = spawn(name, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  const said = await untilItListens(broker.stderr);
  broker.stderr.resume();
  if (!(await canConnect(port))) throw new Error(`mosquitto does not listen: ${said}`);
  return {
    kind: "mosquitto",
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async close() {
      const exited = once(broker, "exit");
      broker.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says "running" when its sockets are open; or it ends, and has said why. */
async function untilItListens(stderr: NodeJS.ReadableStream): Promise<string> {
  let said = "";
  for (;;) {
    const [chunk] = (await Promise.race([once(stderr, "data"), once(stderr, "end")])) as [
      Buffer | undefined,
    ];
    if (chunk === undefined) return said;
    said += chunk.toString();
    if (said.includes("running")) return said;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
