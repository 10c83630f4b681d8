import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { TestHost } from "./host.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";
import { startOpcuaPlc, type OpcuaPlc } from "./opcua-plc.ts";

const within = { timeout: 30_000, interval: 20 };

let folder: string;
let broker: TestBroker;
let host: TestHost;
let modbus: ModbusPlc;
let opcua: OpcuaPlc;
let gateway: GatewayProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  broker = await startBroker();
  host = await TestHost.start(broker.url);
  modbus = await startModbusPlc();
  opcua = await startOpcuaPlc({
    variables: {
      Count: { type: "UInt32", value: 7 },
      Heat: { type: "Double", value: 20.5 },
    },
  });
}, 60_000);
afterEach(async () => {
  await gateway?.kill();
  await host.stop();
  await broker.close();
  await modbus.close();
  await opcua.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(more: { opcua?: string; modbus?: string } = {}): string {
  const file = join(folder, "map.yaml");
  const node = (name: string) => `nsu=${opcua.namespaceUri};s=${name}`;
  writeFileSync(
    file,
    `version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - id: line-1
    name: Line 1
    area: hall
    units: [{ id: oven, name: Oven }, { id: press, name: Press }]
devices:
  - id: by-opcua
    driver: opcua
    endpoint: ${opcua.endpoint}
    line: line-1
    heartbeatMs: 3600000
    tags:
      - { signal: oven/count, role: goodCount, address: "${node("Count")}" }
${(more.opcua ?? "").replace("HEAT", node("Heat"))}
  - id: by-modbus
    driver: modbus
    endpoint: ${modbus.endpoint}
    line: line-1
    periodMs: 50
    heartbeatMs: 3600000
    tags:
      - { signal: press/good, role: goodCount, address: "holding:0", type: uint16 }
${more.modbus ?? ""}
`,
  );
  return file;
}

const latest = (signal: string, value: unknown) =>
  vi.waitFor(() => expect(host.samplesOf(signal).at(-1)?.value).toBe(value), within);
const applied = (line: string) =>
  vi.waitFor(async () => {
    expect((await gateway?.status())?.map.changed?.diff).toContain(line);
  }, within);

test("a changed device of one protocol leaves the connection of the other alone, and what it knew is known again", async () => {
  const args = ["--map", write(), "--mqtt", broker.url, "--http-port", "0"];
  gateway = await new GatewayProcess([...args, "--data-dir", join(folder, "data")]).ready();
  await latest("oven/count", 7);
  await latest("press/good", 0);
  const session = opcua.wire.clientPorts();
  const connection = modbus.wire.clientPorts();

  const modbusTag = `      - { signal: press/load, address: "holding:9", type: uint16 }`;
  write({ modbus: modbusTag });
  await applied("  + press/load");
  await latest("press/load", 0);
  await latest("press/good", 0);
  expect(opcua.wire.clientPorts()).toEqual(session);
  opcua.set("Count", 8);
  await latest("oven/count", 8);
  expect(host.samplesOf("oven/count").map(({ value }) => value)).toEqual([7, 8]);
  const present = modbus.wire.clientPorts();
  expect(present).not.toEqual(connection);

  write({ modbus: modbusTag, opcua: `      - { signal: oven/heat, address: "HEAT" }` });
  await applied("  + oven/heat");
  await latest("oven/heat", 20.5);
  // It has not changed since, and its source time is older than the change of the map.
  await latest("oven/count", 8);
  expect(modbus.wire.clientPorts()).toEqual(present);
  const { devices, uplink } = await gateway.status();
  expect(uplink.sessions).toBe(1);
  expect(devices["by-modbus"]).toMatchObject({ connected: true, losses: 0 });
  expect(devices["by-opcua"]).toMatchObject({ connected: true, losses: 0 });
}, 90_000);
