import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { startBroker, type TestBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { TestHost } from "./host.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";

const within = { timeout: 30_000, interval: 50 };

/** Of the plant, against this machine. */
const speed = 10;
let originMs: number;
let plc: ModbusPlc;
let folder: string;
let broker: TestBroker;
let host: TestHost;
let gateway: GatewayProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-diagnostics-"));
  [plc, broker] = await Promise.all([startModbusPlc(), startBroker()]);
  host = await TestHost.start(broker.url);
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
    endpoint: tcp://127.0.0.1:1
    line: line-1
    periodMs: 1000
    timeoutMs: 4000
    tags:
      - { signal: press/good, role: goodCount, address: "holding:0", type: uint16 }
      - { signal: press/tonnage, address: "holding:200", type: float32, periodMs: 500 }
      - { signal: press/strokes, address: "holding:10", type: uint16, sourceTime: "holding:12" }
`,
  );
  // Ten times real time: what is told every ten seconds of the plant comes every second.
  originMs = Date.now();
  const clock = `${originMs},${originMs},${speed}`;
  const options = {
    map,
    mqtt: broker.url,
    "data-dir": join(folder, "data"),
    endpoint: `plc-1=${plc.endpoint}`,
    "http-port": "0",
    clock,
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

const page = async (path: string) => (await fetch(`${gateway.http}${path}`)).text();

test("figures of each device and group, by Prometheus, by Sparkplug and as a page", async () => {
  plc.refuse = (first) => (first === 200 ? 2 : undefined);
  await vi.waitFor(async () => {
    const { groups, exceptions, delivery } = (await gateway.status()).devices["plc-1"] ?? {};
    expect(groups?.map(({ turns }) => turns > 3)).toEqual([true, true]);
    expect(exceptions?.["2"]).toBeGreaterThan(0);
    expect(delivery?.ageMs.p99).toBeGreaterThan(0);
  }, within);
  const { groups = [] } = (await gateway.status()).devices["plc-1"] ?? {};
  expect(groups.map(({ periodMs }) => periodMs)).toEqual([500, 1000]);
  expect(groups[0]?.completeness).toBe(0);
  expect(groups[1]?.delivered).toBeGreaterThan(0);

  const metrics = await page("/metrics");
  for (const line of [
    /^only_mes_gateway_group_scheduled_total\{device="plc-1",period_ms="500"\} \d+$/m,
    /^only_mes_gateway_group_delivered_total\{device="plc-1",period_ms="1000"\} \d+$/m,
    /^only_mes_gateway_group_round_trip_ms\{device="plc-1",period_ms="1000",quantile="0.99"\} [\d.]+$/m,
    /^only_mes_gateway_group_age_ms\{device="plc-1",period_ms="1000",quantile="0.5"\} [\d.]+$/m,
    /^only_mes_gateway_group_period_kept\{device="plc-1",period_ms="1000"\} [\d.]+$/m,
    /^only_mes_gateway_device_exceptions_total\{device="plc-1",code="2"\} \d+$/m,
    /^only_mes_gateway_delivery_age_ms\{quantile="0.99"\} [\d.]+$/m,
    /^only_mes_gateway_outbox_age_ms \d+$/m,
  ]) {
    expect(metrics).toMatch(line);
  }

  const response = await fetch(`${gateway.http}/`);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await response.text()).toContain("plc-1 delivered 0 % of what was due every 500 ms");
});

test("a PLC whose clock is ahead is told of, everywhere", async () => {
  const aheadMs = 40_000;
  let strokes = 0;
  const stroke = setInterval(() => {
    const plantMs = originMs + (Date.now() - originMs) * speed;
    plc.registers.writeUInt16BE((strokes += 1), 2 * 10);
    plc.registers.writeBigUInt64BE(BigInt(plantMs + aheadMs), 2 * 12);
  }, 20);
  const isAbout = (skewMs: unknown) =>
    typeof skewMs === "number" && skewMs <= aheadMs && skewMs > aheadMs / 2;
  try {
    await vi.waitFor(async () => {
      const { skewMs, isTrusted } = (await gateway.status()).devices["plc-1"]?.sourceClock ?? {};
      expect([isAbout(skewMs), isTrusted]).toEqual([true, false]);
      const told = host
        .of("NDATA")
        .flatMap(({ payload }) => payload.metrics)
        .findLast(({ name }) => name === "Diagnostics/Devices/plc-1/Clock Skew ms");
      expect(isAbout(told?.value)).toBe(true);
      const skew = /^only_mes_gateway_device_clock_skew_ms\{.*\} (.+)$/m.exec(
        await page("/metrics"),
      );
      expect(isAbout(Number(skew?.[1]))).toBe(true);
      expect(await page("/")).toMatch(/The clock of plc-1 is \d+ s ahead/);
    }, within);
  } finally {
    clearInterval(stroke);
  }
});

test("the node tells of itself in its birth, and then what is news", async () => {
  await vi.waitFor(() => expect(host.of("NBIRTH").length).toBeGreaterThan(0), within);
  const born = host.of("NBIRTH")[0]?.payload.metrics ?? [];
  const names = new Set(born.map(({ name }) => name));
  expect(born.find(({ name }) => name === "Diagnostics/Outbox/Held Bytes")).toMatchObject({
    datatype: datatypes.UInt64,
  });
  expect(names).toContain("Diagnostics/Devices/plc-1/Every 500 ms/Completeness");

  plc.refuse = (first) => (first === 200 ? 2 : undefined);
  const exceptions = () =>
    host
      .of("NDATA")
      .flatMap(({ payload }) => payload.metrics)
      .find(({ name }) => name === "Diagnostics/Devices/plc-1/Exceptions");
  await vi.waitFor(() => expect(exceptions()?.value).toBeGreaterThan(0), within);
  for (const { payload } of host.of("NDATA")) {
    expect(payload.metrics.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  }
  // NDATA has its place in the one sequence of the node.
  const seqs = host.received.flatMap(({ type, payload: { seq } }) =>
    type === "NDEATH" || seq === undefined ? [] : [seq],
  );
  seqs.forEach((seq, at) => expect(at === 0 ? 0 : ((seqs[at - 1] ?? 0) + 1) % 256).toBe(seq));
});
