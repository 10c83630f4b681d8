import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { TestHost, type Received } from "./host.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";

const within = { timeout: 20_000, interval: 20 };

let plcs: ModbusPlc[];
let folder: string;
let broker: TestBroker;
let host: TestHost;
let gateway: GatewayProcess;

beforeEach(async () => {
  plcs = [await startModbusPlc(), await startModbusPlc(), await startModbusPlc()];
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  broker = await startBroker();
  host = await TestHost.start(broker.url);
});
afterEach(async () => {
  if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.kill();
  await host.stop();
  await broker.close();
  for (const plc of plcs) await plc.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Wanted {
  devices: readonly (0 | 1 | 2)[];
  lineName?: string;
  extraTag?: string;
  site?: string;
}

function write({ devices, lineName = "Line 1", extraTag = "", site = "works" }: Wanted): string {
  const file = join(folder, "map.yaml");
  const unit = (at: number) => `{ id: press-${at}, name: Press ${at} }`;
  writeFileSync(
    file,
    `version: 1
enterprise: acme
site: ${site}
gateway: edge-1
lines:
  - { id: line-1, name: ${lineName}, area: hall, units: [${[0, 1, 2].map(unit).join(", ")}] }
devices:
${devices
  .map(
    (at) => `  - id: plc-${at}
    driver: modbus
    endpoint: ${plcs[at]?.endpoint}
    line: line-1
    periodMs: 50
    heartbeatMs: 3600000
    timeoutMs: 400
    tags:
      - { signal: press-${at}/good, role: goodCount, address: "holding:0", type: uint16 }
${at === 1 ? extraTag : ""}`,
  )
  .join("")}`,
  );
  return file;
}

async function start(wanted: Wanted): Promise<GatewayProcess> {
  const args = ["--map", write(wanted), "--mqtt", broker.url, "--http-port", "0"];
  gateway = await new GatewayProcess([...args, "--data-dir", join(folder, "data")]).ready();
  return gateway;
}

const isBirthOrDeath = ({ type }: Received) => type === "DBIRTH" || type === "DDEATH";
const ports = () => plcs.map((plc) => plc.wire.clientPorts());
const count = async (at: number, value: number) => {
  plcs[at]?.registers.writeUInt16BE(value, 0);
  await vi.waitFor(() => {
    expect(host.samplesOf(`press-${at}/good`).at(-1)?.value).toBe(value);
  }, within);
};
const applied = (line: string) =>
  vi.waitFor(
    async () => expect((await gateway.status()).map.changed?.diff).toContain(line),
    within,
  );

describe("a changed device map", () => {
  test("adds, changes and removes devices; one that did not change keeps its TCP connection, and the outbox its epoch and sequence", async () => {
    plcs[0]?.registers.writeUInt16BE(10, 0);
    await start({ devices: [0, 1] });
    await count(0, 10);
    await count(1, 20);
    const [untouched, changed] = ports();
    const marked = host.received.filter(isBirthOrDeath).length;
    const before = await gateway.status();

    const extraTag = `      - { signal: press-1/heat, address: "holding:2", type: uint16 }\n`;
    write({ devices: [0, 1, 2], extraTag });
    await applied("+ device plc-2 (1 tags)");
    await applied("  + press-1/heat");
    await count(2, 30);
    await count(1, 21);
    expect(host.samplesOf("press-1/heat").at(-1)?.value).toBe(0);
    expect(ports()[0]).toEqual(untouched);
    expect(ports()[1]).not.toEqual(changed);

    write({ devices: [0, 2] });
    await applied("- device plc-1 (2 tags)");
    await count(0, 11);
    await count(2, 31);
    await vi.waitFor(() => expect(ports()[1]).toEqual([]), within);
    expect(ports()[0]).toEqual(untouched);

    const after = await gateway.status();
    expect(after.epoch).toBe(before.epoch);
    expect(after.uplink.sessions).toBe(1);
    expect(Object.keys(after.devices)).toEqual(["plc-0", "plc-2"]);
    expect(after.devices["plc-0"]).toMatchObject({ connects: 1, losses: 0 });
    expect(host.ranges()[0]?.[0]).toBe(1);
    expect(host.ranges()).toHaveLength(1);
    expect(host.samplesOf("press-0/good").map(({ value }) => value)).toEqual([10, 11]);
    // What is not read any more ends bad, not with its last value.
    expect(host.samplesOf("press-1/good").at(-1)?.value).toBeNull();

    const told = host.received.filter(isBirthOrDeath);
    const of = (device: string) =>
      told.filter((message) => message.device === device).map(({ type }) => type);
    expect(told.slice(marked).some(({ device }) => device === "plc-0")).toBe(false);
    expect(of("plc-1").at(-1)).toBe("DDEATH");
    expect(of("plc-2").at(-1)).toBe("DBIRTH");
    expect(host.of("NBIRTH")).toHaveLength(1);
    const seqs = host.received
      .filter(({ type }) => type !== "NBIRTH")
      .map(({ payload }) => payload.seq);
    expect(seqs).toEqual(seqs.map((_, at) => (at + 1) % 256));
  });

  test("that only describes the plant anew is told by a birth, and reads on without a new connection", async () => {
    await start({ devices: [0] });
    await count(0, 1);
    const [connection] = ports();
    write({ devices: [0], lineName: "Line One" });
    await applied("~ lines.line-1.name Line 1 -> Line One");
    await vi.waitFor(() => {
      const metrics = host.of("DBIRTH").at(-1)?.payload.metrics;
      const told = metrics?.find(({ name }) => name === "press-0/good")?.properties;
      expect(String(told?.["Definition"]?.value)).toContain("Line One");
    }, within);
    await count(0, 2);
    expect(ports()[0]).toEqual(connection);
  });

  test("with a problem is refused with its line, and the one in force reads on", async () => {
    await start({ devices: [0] });
    await count(0, 1);
    const [connection] = ports();
    const refused = (problem: RegExp) =>
      vi.waitFor(async () => {
        expect((await gateway.status()).map.refused?.problems.join("\n")).toMatch(problem);
      }, within);
    write({ devices: [0, 1], extraTag: `      - { signal: press-1/heat, address: "hold:2" }\n` });
    await refused(
      /map\.yaml:26:\d+ devices\[1\]\.tags\[1\]\.address: "hold:2" is no Modbus address/,
    );
    write({ devices: [0, 1], site: "elsewhere" });
    await refused(/map\.yaml:3:7 site: is "elsewhere", and this gateway runs as "works"/);
    await count(0, 2);
    const { map, devices } = await gateway.status();
    expect(map).toMatchObject({ origin: "file", revision: null, changed: null });
    expect(Object.keys(devices)).toEqual(["plc-0"]);
    expect(ports()[0]).toEqual(connection);

    write({ devices: [0, 1] });
    await applied("+ device plc-1 (1 tags)");
    expect((await gateway.status()).map.refused).toBeNull();
  });

  test("takes a device away while its samples are still held: they reach the host under their names, after a kill too", async () => {
    host.acknowledges = false;
    plcs[1]?.registers.writeUInt16BE(5, 0);
    await start({ devices: [0, 1] });
    await count(0, 1);
    await count(1, 5);
    write({ devices: [0] });
    await applied("- device plc-1 (1 tags)");
    await gateway.kill();
    await host.stop();
    host = await TestHost.start(broker.url);
    await start({ devices: [0] });
    await vi.waitFor(() => {
      expect(host.samplesOf("press-1/good").map(({ value }) => value)).toEqual([5, null]);
    }, within);
    await vi.waitFor(async () => expect((await gateway.status()).held.messages).toBe(0), within);
    await host.askRebirth("works", "edge-1");
    await vi.waitFor(() => expect(host.of("NBIRTH")).toHaveLength(2), within);
    await count(0, 2);
    const lastBirth = host.received.findLastIndex(({ type }) => type === "NBIRTH");
    expect(
      host.received
        .slice(lastBirth)
        .filter(({ type, device }) => type === "DBIRTH" && device === "plc-1"),
    ).toEqual([]);
  });
});
