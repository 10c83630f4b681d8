import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { TestHost } from "./host.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";

const within = { timeout: 30_000, interval: 20 };

let plc: ModbusPlc;
let folder: string;
let broker: TestBroker;
let host: TestHost;
let gateway: GatewayProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-derived-"));
  [plc, broker] = await Promise.all([startModbusPlc(), startBroker()]);
  host = await TestHost.start(broker.url);
  plc.registers.writeUInt16BE(400, 0);
  plc.registers.writeUInt16BE(13_824, 2 * 200);
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
    units: [{ id: press, name: Press, pacesLine: true, outputOfLine: true }]
devices:
  - id: plc-1
    driver: modbus
    endpoint: ${plc.endpoint}
    line: line-1
    periodMs: 50
    timeoutMs: 4000
    heartbeatMs: 86400000
    tags:
      - { signal: press/voltage, address: "holding:0", type: uint16 }
      - { signal: press/current, address: "holding:200", type: int16, scale: { from: [0, 27648], to: [0, 20], clamp: true } }
    derived:
      - signal: press/power
        expression: u * i / 1000
        inputs: { u: press/voltage, i: press/current }
        deadband: 1
        engineeringUnit: kW
      - { signal: press/is-loaded, role: status, expression: i > 5, inputs: { i: press/current } }
`,
  );
  const options = {
    map,
    mqtt: broker.url,
    "data-dir": join(folder, "data"),
    "http-port": "0",
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  gateway = await new GatewayProcess(args).ready();
});
afterEach(async () => {
  await gateway.kill();
  await host.stop();
  await Promise.all([broker.close(), plc.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const values = (signal: string) => host.samplesOf(signal).map(({ value }) => value);

test("a derived tag is born, sampled and bad as any other", async () => {
  await vi.waitFor(() => expect(values("press/power").at(-1)).toBe(4), within);
  expect(values("press/is-loaded").at(-1)).toBe(true);
  expect(values("press/current").at(-1)).toBe(10);
  const born = host.of("DBIRTH").flatMap(({ payload }) => payload.metrics);
  const definition = born.find(({ name }) => name === "press/power")?.properties?.["Definition"];
  expect(JSON.parse(String(definition?.value))).toMatchObject({
    role: "analog",
    engineeringUnit: "kW",
    periodMs: 50,
  });

  // Within its deadband, and beyond; the current is clamped at the end of its range.
  plc.registers.writeUInt16BE(410, 0);
  await vi.waitFor(() => expect(values("press/voltage").at(-1)).toBe(410), within);
  plc.registers.writeInt16BE(32_000, 2 * 200);
  await vi.waitFor(() => expect(values("press/power").at(-1)).toBeCloseTo(8.2), within);
  expect(values("press/power")).not.toContain(4.1);
  expect(values("press/current").at(-1)).toBe(20);

  plc.refuse = (first) => (first === 200 ? 2 : undefined);
  await vi.waitFor(() => {
    expect([values("press/power").at(-1), values("press/is-loaded").at(-1)]).toEqual([null, null]);
  }, within);
  expect(values("press/voltage").at(-1)).toBe(410);
});
