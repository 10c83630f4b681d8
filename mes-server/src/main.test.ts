import { mkdtemp } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { definitionOf } from "../tests/lane-under-test.ts";
import { OutboxNode } from "../tests/outbox-node.ts";
import { runRefused, runServer, type RunningServer } from "../tests/running-server.ts";
import { ServerDatabases } from "../tests/server-databases.ts";
import type { CrashPoint } from "./commit/crashPoints.ts";

/** The server as a process: how it starts, is refused, is killed, and ends. */
const databases = new ServerDatabases();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "only-mes-server-"));
});
afterAll(() => databases.remove(directory));

async function portInUse(): Promise<{ port: string; free: () => void }> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  return { port: String((taken.address() as AddressInfo).port), free: () => taken.close() };
}

describe("a start that cannot be", () => {
  test("says which option is wrong, and what is allowed", async () => {
    const { code, stderr } = await runRefused(["--lanes", "0"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--lanes: must be from 1 to 64/);
  });

  test("names the port and the option when the broker's port is in use", async () => {
    const { port, free } = await portInUse();
    const args = ["--data-dir", join(directory, "a"), "--mqtt-port", port, "--http-port", "0"];
    const { code, stderr } = await runRefused(args);
    free();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`port ${port} .*in use.*--mqtt-port`));
  });

  test("names the port and the option when the console's port is in use", async () => {
    const { port, free } = await portInUse();
    const args = ["--data-dir", join(directory, "a"), "--mqtt-port", "0", "--http-port", port];
    const { code, stderr } = await runRefused(args);
    free();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`port ${port} .*in use.*--http-port`));
  });
});

const beginning = Date.now() - 600_000;

async function goodOf(line: string, server: RunningServer): Promise<number> {
  const [from, to] = [beginning, beginning + 700_000].map((ms) => new Date(ms).toISOString());
  const counts = await server.api<{ good: number }>(
    `/units/${line}.machine/counts?from=${from}&to=${to}`,
  );
  return counts.good;
}

/** A gateway that has ten messages of one piece each, and sends what is not acknowledged. */
async function deliver(server: RunningServer, line: string): Promise<OutboxNode> {
  const node = await OutboxNode.connect(server.mqtt, line);
  await node.until(() => node.hostIsOnline);
  const definition = definitionOf(line, "good", { role: "goodCount", maxRatePerSecond: 100 });
  await node.bear([{ definition, name: "machine/good", alias: 10, datatype: 7, value: 0 }]);
  for (let sequence = 1; sequence <= 10; sequence += 1) {
    const timestampMs = beginning + sequence * 1000;
    const metric = { alias: 10, timestampMs, datatype: datatypes.UInt32, value: sequence };
    await node.send(sequence, [metric]);
  }
  return node;
}

describe("the server", () => {
  test("refuses a second one on its data directory, and ends within its time", async () => {
    const dataDir = join(directory, "b");
    const server = await runServer(databases, dataDir);
    const second = await runRefused(["--data-dir", dataDir, "--http-port", "0"]);
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining(dataDir) });
    const { database, broker } = await server.pids();
    const begin = performance.now();
    await server.stop();
    expect(await server.ended).toBe(0);
    expect(performance.now() - begin).toBeLessThan(8000);
    expect([isAlive(database), isAlive(broker)]).toEqual([false, false]);
  });

  test("ends with its children when whoever started it is gone", async () => {
    const server = await runServer(databases, join(directory, "b"));
    const { database, broker } = await server.pids();
    server.child.disconnect();
    expect(await server.ended).toBe(0);
    await vi.waitUntil(() => !isAlive(database) && !isAlive(broker));
  });

  const points: CrashPoint[] = [
    "received",
    "decoded",
    "staged",
    "before-commit",
    "commit-sent",
    "committed",
    "live-emit",
    "shutdown-drain",
  ];

  test("counts each piece once, killed at each named place", { timeout: 120_000 }, async () => {
    const dataDir = join(directory, "c");
    for (const point of points) {
      const crashing = await runServer(databases, dataDir, ["--crash-at", point]);
      const doomed = await deliver(crashing, `line-${point}`);
      if (point === "shutdown-drain") crashing.child.send({ type: "shutdown" });
      expect(await crashing.ended).toBe("SIGKILL");
      await doomed.close();
    }
    const server = await runServer(databases, dataDir);
    for (const point of points) {
      const node = await deliver(server, `line-${point}`);
      await node.until(() => node.acknowledged[0]?.[1] === 10);
      await vi.waitUntil(async () => (await goodOf(`line-${point}`, server)) === 9);
      await node.close();
    }
    await server.stop();
    expect(await server.ended).toBe(0);
  });

  test("counts each piece once when a lane's thread dies", async () => {
    const server = await runServer(databases, join(directory, "c"), ["--crash-at", "lane-death"]);
    const node = await deliver(server, "line-thread");
    await node.until(() => node.hasAcknowledged(10));
    expect(await goodOf("line-thread", server)).toBe(9);
    await node.close();
    await server.stop();
  });
});

function isAlive(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
