import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  commandRequestMetric,
  commandResult,
  commandResultMetric,
  writeProperty,
  type CommandRequest,
  type CommandResult,
} from "@only-mes/protocols/events/command";
import { datatypes, encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { TestHost } from "./host.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";
import { startOpcuaPlc, type OpcuaPlc } from "./opcua-plc.ts";
import { startRuleBroker, type RuleBroker } from "./rule-broker.ts";

/** From a host's DCMD to registers and nodes of real servers, and back. */
const within = { timeout: 20_000, interval: 10 };
/** Behind the header of Modbus TCP. */
const functionCodeAt = 7;
const topic = (device: string) => `spBv1.0/works/DCMD/edge-1/${device}`;

let modbus: ModbusPlc;
let opcua: OpcuaPlc;
let broker: RuleBroker;
let host: TestHost;
let folder: string;
let gateway: GatewayProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "commands-"));
  modbus = await startModbusPlc();
  opcua = await startOpcuaPlc({ variables: { Speed: { type: "Double", value: 1 } } });
  broker = await startRuleBroker();
  host = await TestHost.start(broker.url);
});
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  await host.stop();
  await broker.close();
  await opcua.close();
  await modbus.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<GatewayProcess> {
  const map = join(folder, "map.yaml");
  writeFileSync(
    map,
    `version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - id: line-1
    name: Line 1
    area: hall
    units: [{ id: press, name: Press }]
devices:
  - id: press-plc
    driver: modbus
    endpoint: ${modbus.endpoint}
    line: line-1
    periodMs: 50
    timeoutMs: 60000
    tags:
      - { signal: press/force, address: "holding:0", type: uint16, scale: { factor: 0.1 }, write: { min: 0, max: 50 } }
      - { signal: press/state, address: "holding:1", type: uint16 }
      - { signal: press/reset, address: "coil:3", type: bool, role: status, write: {} }
  - id: oven
    driver: opcua
    endpoint: ${opcua.endpoint}
    line: line-1
    publishingIntervalMs: 50
    tags:
      - { signal: press/speed, address: "nsu=${opcua.namespaceUri};s=Speed", write: { min: 0, max: 10 } }
`,
  );
  gateway = new GatewayProcess([
    "--map",
    map,
    "--mqtt",
    broker.url,
    "--data-dir",
    join(folder, "data"),
    "--http-port",
    "0",
  ]);
  const started = await gateway.ready();
  await vi.waitFor(async () => {
    const { uplink, devices } = await started.status();
    expect([uplink.state, ...Object.values(devices).map(({ connected }) => connected)]).toEqual([
      "online",
      true,
      true,
    ]);
  }, within);
  return started;
}

async function dcmd(device: string, ...metrics: Metric[]): Promise<void> {
  await host.publish(topic(device), encodePayload({ timestampMs: Date.now(), metrics }));
}

function ask(device: string, request: Partial<CommandRequest>): Promise<void> {
  const value = JSON.stringify({ issuedAtMs: Date.now(), timeToLiveMs: 60_000, ...request });
  return dcmd(device, { name: commandRequestMetric, datatype: datatypes.String, value });
}

const results = (): CommandResult[] =>
  host.samples
    .filter(({ name }) => name === commandResultMetric)
    .map(({ value }) => commandResult.parse(JSON.parse(String(value))));
const answered = (id: string, times = 1) =>
  vi.waitFor(() => {
    const found = results().filter((result) => result.id === id);
    expect(found).toHaveLength(times);
    return found[times - 1];
  }, within);

describe("a host writes", () => {
  test("over Modbus: read back, answered, seen as a sample, and in the audit", async () => {
    const running = await start();
    await ask("press-plc", { id: "command-1", signal: "press/force", value: 12.5, by: "lead" });
    expect(await answered("command-1")).toMatchObject({ outcome: "done", value: 12.5 });
    expect(modbus.writes).toEqual(["0=125"]);
    await vi.waitFor(() => expect(host.samplesOf("press/force").at(-1)?.value).toBe(12.5), within);
    const audit = (await (await fetch(`${running.http}/commands`)).json()) as unknown[];
    expect(audit).toMatchObject([
      { device: "press-plc", request: { by: "lead" }, result: { outcome: "done" } },
    ]);
    const metrics = await (await fetch(`${running.http}/metrics`)).text();
    expect(metrics).toMatch(/^only_mes_gateway_commands_total\{outcome="done"\} 1$/m);
  });

  test("over OPC UA, a plain DCMD by alias; and what the map does not allow is refused", async () => {
    await start();
    const [birth] = host.of("DBIRTH").filter(({ device }) => device === "oven");
    const speed = birth?.payload.metrics.find(({ name }) => name === "press/speed");
    expect(speed?.properties?.[writeProperty]?.value).toBe('{"min":0,"max":10}');
    await dcmd("oven", { alias: speed?.alias ?? 0, datatype: datatypes.Double, value: 7.5 });
    await vi.waitFor(() => expect(results()).toHaveLength(1), within);
    expect(results()[0]).toMatchObject({ signal: "press/speed", outcome: "done", value: 7.5 });
    await vi.waitFor(() => expect(host.samplesOf("press/speed").at(-1)?.value).toBe(7.5), within);
    await ask("press-plc", { id: "command-2", signal: "press/state", value: 1 });
    expect(await answered("command-2")).toMatchObject({ outcome: "refused", code: "notAllowed" });
    await ask("oven", { id: "command-3", signal: "press/speed", value: 10.5 });
    expect(await answered("command-3")).toMatchObject({ code: "valueNotAllowed" });
    expect(modbus.writes).toEqual([]);
  });

  test("and the device refuses: failed, with what it answered", async () => {
    await start();
    modbus.refuse = (first) => (first === 3 ? 4 : undefined);
    await ask("press-plc", { id: "command-4", signal: "press/reset", value: true });
    expect(await answered("command-4")).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(/coil:3 of device press-plc.*exception 4/),
    });
  });
});

test("killed while the device is asked: written once, answered as unknown, and never repeated", async () => {
  const running = await start();
  // The write reaches the device, and its answer is lost.
  modbus.wire.mangle((chunk) => (chunk[functionCodeAt] === 6 ? [] : [chunk]));
  const request = { id: "command-5", signal: "press/force", value: 20, issuedAtMs: Date.now() };
  await ask("press-plc", request);
  await vi.waitFor(() => expect(modbus.writes).toEqual(["0=200"]), within);
  await running.kill();
  modbus.wire.mangle(undefined);
  await start();
  expect(await answered("command-5")).toMatchObject({ outcome: "unknown" });
  await ask("press-plc", request);
  expect(await answered("command-5", 2)).toMatchObject({ outcome: "unknown" });
  expect(modbus.writes).toEqual(["0=200"]);
  await ask("press-plc", { id: "command-6", signal: "press/force", value: 21 });
  expect(await answered("command-6")).toMatchObject({ outcome: "done" });
  expect(modbus.writes).toEqual(["0=200", "0=210"]);
});
