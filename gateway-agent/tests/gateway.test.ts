import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { crashPoints } from "../src/crash-points.ts";
import { startBroker, type TestBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { TestHost } from "./host.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";

const within = { timeout: 15_000, interval: 20 };

let plc: ModbusPlc;
let folder: string;
let broker: TestBroker;
let host: TestHost | undefined;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  plc = await startModbusPlc();
});
afterAll(async () => {
  await plc.close();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  broker = await startBroker();
});
afterEach(async () => {
  for (const gateway of running.splice(0)) {
    if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.kill();
  }
  await host?.stop();
  host = undefined;
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

function deviceMap(changed: (text: string) => string = (text) => text): string {
  const file = join(folder, "map.yaml");
  writeFileSync(
    file,
    changed(`version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - id: line-1
    name: Line 1
    area: hall
    units: [{ id: press, name: Press, pacesLine: true, outputOfLine: true }]
devices:
  - id: plc-1
    driver: modbus
    endpoint: tcp://127.0.0.1:1
    line: line-1
    periodMs: 50
    timeoutMs: 400
    tags:
      - { signal: press/good, role: goodCount, address: "holding:0", type: uint16 }
      - { signal: press/tonnage, address: "holding:2", type: float32, deadband: 1 }
`),
  );
  return file;
}

function start(...more: string[]): GatewayProcess {
  const gateway = new GatewayProcess([
    "--map",
    deviceMap(),
    "--mqtt",
    broker.url,
    "--data-dir",
    join(folder, "data"),
    "--endpoint",
    `plc-1=${plc.endpoint}`,
    "--http-port",
    "0",
    ...more,
  ]);
  running.push(gateway);
  return gateway;
}

async function startHost(): Promise<TestHost> {
  host = await TestHost.start(broker.url);
  return host;
}

const drained = (gateway: GatewayProcess) =>
  vi.waitFor(async () => {
    const { uplink, held, devices } = await gateway.status();
    expect([uplink.state, uplink.hasBacklog, devices["plc-1"]?.connected]).toEqual([
      "online",
      false,
      true,
    ]);
    expect(held.messages).toBeLessThan(3);
  }, within);

describe("the gateway as a process", () => {
  test("brings a value from the PLC to the host, tells its state, and ends as asked", async () => {
    plc.registers.writeUInt16BE(41, 0);
    const listener = await startHost();
    const gateway = await start().ready();
    await vi.waitFor(() => {
      expect(JSON.parse(gateway.stdout)).toEqual({ ready: true, http: gateway.http });
    }, within);
    await vi.waitFor(() => expect(listener.samplesOf("press/good").at(-1)?.value).toBe(41), within);
    plc.registers.writeUInt16BE(42, 0);
    await vi.waitFor(() => expect(listener.samplesOf("press/good").at(-1)?.value).toBe(42), within);
    await drained(gateway);

    const status = await gateway.status();
    expect(status.gateway).toBe("works/edge-1");
    expect(status.devices["plc-1"]).toMatchObject({ connected: true, losses: 0, exceptions: {} });
    expect(status.produced.samples).toBe(
      status.acknowledged.samples + status.held.samples + status.dropped.samples,
    );
    expect((await fetch(`${gateway.http}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${gateway.http}/livez`)).text()).toBe("ok\n");
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    expect(metrics).toMatch(/^only_mes_gateway_device_connected\{device="plc-1"\} 1$/m);
    expect((await fetch(`${gateway.http}/nowhere`)).status).toBe(404);

    gateway.child.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    await vi.waitFor(() => expect(listener.of("NDEATH")).toHaveLength(1), within);
  });

  test.for([
    [
      "a message of its parent",
      (gateway: GatewayProcess) => gateway.child.send({ type: "shutdown" }),
    ],
    ["the end of its parent", (gateway: GatewayProcess) => gateway.child.disconnect()],
  ] as const)("ends by %s, with nothing lost", async ([, end]) => {
    const gateway = await start().ready();
    await vi.waitFor(async () => {
      expect((await gateway.status()).produced.samples).toBeGreaterThan(0);
    }, within);
    const { produced } = await gateway.status();
    end(gateway);
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    const next = await start().ready();
    expect((await next.status()).produced.samples).toBeGreaterThanOrEqual(produced.samples);
  });

  test("killed at every named place: each message reaches the host once, in one unbroken sequence", async () => {
    const listener = await startHost();
    let counter = 100;
    const count = setInterval(() => {
      counter += 1;
      plc.registers.writeUInt16BE(counter, 0);
    }, 30);
    for (const point of crashPoints.filter((one) => one !== "epoch-change")) {
      expect((await start("--crash-at", `${point}:4`).exited).signal).toBe("SIGKILL");
    }
    clearInterval(count);
    const last = await start().ready();
    await vi.waitFor(
      () => expect(listener.samplesOf("press/good").at(-1)?.value).toBe(counter),
      within,
    );
    await drained(last);
    const { produced, acknowledged, held, dropped } = await last.status();
    expect(produced.messages).toBe(acknowledged.messages + held.messages + dropped.messages);
    expect(dropped).toEqual({ messages: 0, samples: 0 });
    expect(listener.ranges()).toHaveLength(1);
    expect(listener.ranges()[0]?.[0]).toBe(1);
    const values = listener
      .samplesOf("press/good")
      .flatMap(({ value }) => (value === null ? [] : [Number(value)]));
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  test("killed while it makes its first outbox: the next run makes it whole", async () => {
    const crashing = start("--crash-at", "epoch-change");
    expect((await crashing.exited).signal).toBe("SIGKILL");
    const listener = await startHost();
    await start().ready();
    await vi.waitFor(() => expect(listener.samples.length).toBeGreaterThan(0), within);
    expect(listener.ranges()[0]?.[0]).toBe(1);
  });

  test("after kill -9 the time in which nobody observed is bad, and begins where the last run ended", async () => {
    plc.registers.writeUInt16BE(7, 0);
    const listener = await startHost();
    const first = await start().ready();
    await drained(first);
    const before = await first.status();
    await first.kill();
    const killedAt = Date.now();
    await start().ready();
    await vi.waitFor(() => {
      expect(listener.samplesOf("press/good").map(({ value }) => value)).toEqual([7, null, 7]);
    }, within);
    const [, bad, good] = listener.samplesOf("press/good");
    // Stored with every commit, and at least once a second.
    const lastReadAtMs = before.devices["plc-1"]?.lastReadAtMs ?? Number.POSITIVE_INFINITY;
    expect(bad?.timestampMs).toBeGreaterThan(lastReadAtMs - 2000);
    expect(bad?.timestampMs).toBeLessThanOrEqual(killedAt);
    expect(good?.timestampMs).toBeGreaterThan(killedAt);
  });

  test("a lost PLC: bad values first, then its death; and fresh values when it is back", async () => {
    plc.registers.writeUInt16BE(9, 0);
    const listener = await startHost();
    const gateway = await start().ready();
    await drained(gateway);
    await vi.waitFor(() => expect(listener.samplesOf("press/good")).toHaveLength(1), within);
    listener.received.length = 0;
    await plc.wire.unplug();
    await vi.waitFor(() => expect(listener.of("DDEATH")).toHaveLength(1), within);
    const types = listener.received.map(({ type }) => type);
    expect(types.lastIndexOf("DDATA")).toBeLessThan(types.indexOf("DDEATH"));
    expect(listener.samplesOf("press/good").map(({ value }) => value)).toEqual([9, null]);
    plc.registers.writeUInt16BE(11, 0);
    await plc.wire.plug();
    await vi.waitFor(() => expect(listener.samplesOf("press/good").at(-1)?.value).toBe(11), within);
    expect(listener.of("DBIRTH")).toHaveLength(1);
  });
});

describe("what is given wrongly", () => {
  const ended = async (args: string[], environment?: Record<string, string>) => {
    const gateway = new GatewayProcess(args, environment);
    running.push(gateway);
    const { code } = await gateway.exited;
    return { code, stderr: gateway.stderr, stdout: gateway.stdout };
  };

  test("a wrong device map: every problem with its place, exit code 2, and nothing was begun", async () => {
    const map = deviceMap((text) =>
      text.replace("uint16", "uint17").replace("line: line-1", "lien: line-1"),
    );
    const { code, stderr, stdout } = await ended([
      "--map",
      map,
      "--mqtt",
      broker.url,
      "--data-dir",
      join(folder, "data"),
    ]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`${map}:14:5 devices[0].lien: unknown key "lien" (allowed: id, line,`);
    expect(stderr).toContain(
      `${map}:18:76 devices[0].tags[0].type: is "uint17" (allowed: bool, int8,`,
    );
  });

  test("a port in use is named with its option; the address of the broker may come from MQTT_URL", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await ended(
      ["--map", deviceMap(), "--data-dir", join(folder, "data"), "--http-port", String(port)],
      { MQTT_URL: broker.url },
    );
    server.close();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`port ${port} .*in use.*--http-port`)),
    ]);
  });
});
