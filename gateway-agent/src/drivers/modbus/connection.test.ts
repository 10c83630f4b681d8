import { modbusDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startModbusPlc, type ModbusPlc } from "../../../tests/modbus-plc.ts";
import { RecordingSink } from "../../../tests/recording-sink.ts";
import type { Driver } from "../contract.ts";
import { modbusDriver } from "./connection.ts";

const within = { timeout: 3000, interval: 5 };

describe("Modbus over a real socket", () => {
  let plc: ModbusPlc;
  let sink: RecordingSink;
  const drivers: Driver[] = [];

  const start = (tags: object[], more: object = {}, to = sink) => {
    const device = modbusDevice.parse({
      id: "plc",
      driver: "modbus",
      endpoint: plc.endpoint,
      line: "line",
      periodMs: 20,
      timeoutMs: 300,
      ...more,
      tags: tags.map((tag, index) => ({ signal: `unit/s${index}`, ...tag })),
    });
    const driver = modbusDriver({
      device,
      clock: plantClock(),
      sink: to,
      dataDir: "",
      random: () => 0.5,
    });
    drivers.push(driver);
    driver.start();
  };
  const registers = (...offsets: number[]) =>
    offsets.map((offset) => ({ address: `holding:${offset}`, type: "uint16" }));
  const connected = () => vi.waitFor(() => expect(sink.isConnected).toBe(true), within);

  beforeEach(async () => {
    plc = await startModbusPlc();
    sink = new RecordingSink();
    for (let at = 0; at < 200; at += 1) plc.registers.writeUInt16BE(1000 + at, at * 2);
  });
  afterEach(async () => {
    await Promise.all(drivers.splice(0).map((driver) => driver.stop()));
    await plc.close();
  });

  test("one register that the device refuses costs no other, and is named", async () => {
    plc.refuse = (first, count) => (first <= 13 && first + count > 13 ? 2 : undefined);
    start(registers(10, 11, 12, 13, 14, 15, 40));
    await connected();
    expect([0, 1, 2, 3, 4, 5, 6].map((tag) => sink.value(tag))).toEqual([
      1010,
      1011,
      1012,
      null,
      1014,
      1015,
      1040,
    ]);
    expect(sink.errors()).toHaveLength(1);
    expect(sink.errors()[0]).toMatchObject({
      code: "refused",
      device: "plc",
      address: "holding:13",
      functionCode: 3,
      exception: 2,
    });
  });

  test("what a bisection learnt is kept: the refused register is left alone", async () => {
    plc.refuse = (first, count) => (first <= 13 && first + count > 13 ? 2 : undefined);
    start(registers(10, 11, 12, 13));
    await connected();
    const asked = plc.requests.length;
    await vi.waitFor(() => expect(plc.requests.length).toBeGreaterThan(asked + 6), within);
    expect(new Set(plc.requests.slice(asked))).toEqual(new Set(["10+2", "12+1"]));
    expect(sink.errors()).toHaveLength(1);
  });

  test("an exception never costs the connection", async () => {
    start(registers(10));
    await connected();
    plc.refuse = () => 4;
    await vi.waitFor(() => expect(sink.value(0)).toBeNull(), within);
    expect(plc.wire.connections()).toBe(1);
    plc.refuse = () => undefined;
    await vi.waitFor(() => expect(sink.value(0)).toBe(1010), within);
    expect(sink.count("lost")).toBe(0);
    expect(sink.count("connected")).toBe(1);
  });

  test("a device that is busy for a moment keeps its values", async () => {
    start(registers(10));
    await connected();
    let busy = 2;
    plc.refuse = () => (busy-- > 0 ? 6 : undefined);
    plc.registers.writeUInt16BE(7, 20);
    await vi.waitFor(() => expect(sink.value(0)).toBe(7), within);
    expect(sink.errors()).toEqual([]);
  });

  test("a late reply reaches nobody: the next request gets its own", async () => {
    start(registers(10, 190), { maxGap: 0 });
    await connected();
    let held: Buffer | undefined;
    plc.wire.mangle((chunk) => {
      if (held === undefined) {
        held = chunk;
        return [];
      }
      const late = held;
      plc.wire.mangle(undefined);
      return [late, chunk];
    });
    await vi.waitFor(() => expect(sink.count("failed")).toBe(1), within);
    const [error] = sink.errors();
    expect(error).toMatchObject({ code: "timeout", functionCode: 3 });
    expect(error?.message).toMatch(
      /unit 1.* no answer within 300 ms to function code 3 at holding:/,
    );
    const seen = sink.events.length;
    await vi.waitFor(() => expect(sink.events.length).toBeGreaterThan(seen + 10), within);
    const values = sink.events.flatMap((event) =>
      event.kind === "readings"
        ? event.readings.map(({ tag, value }) => `${tag}=${String(value)}`)
        : [],
    );
    expect(new Set(values)).toEqual(new Set(["0=1010", "1=1190"]));
  });

  test.for([
    ["a wrong transaction id", (frame: Buffer) => frame.writeUInt16BE(9, 0)],
    ["a wrong unit", (frame: Buffer) => frame.writeUInt8(99, 6)],
    ["a wrong protocol id", (frame: Buffer) => frame.writeUInt16BE(1, 2)],
    ["a length that lies", (frame: Buffer) => frame.writeUInt16BE(250, 4)],
  ] as const)(
    "an answer with %s gives no value, and the next connection works",
    async ([, spoil]) => {
      start(registers(10));
      await connected();
      plc.registers.writeUInt16BE(4321, 20);
      let spoilt = 0;
      plc.wire.mangle((chunk) => {
        spoilt += 1;
        if (spoilt === 1) spoil(chunk);
        return [chunk];
      });
      await vi.waitFor(() => expect(sink.value(0)).toBe(4321), within);
      const values = sink.events.flatMap((event) =>
        event.kind === "readings" ? event.readings.map(({ value }) => value) : [],
      );
      expect(new Set([1010, 4321, ...values])).toEqual(new Set([1010, 4321]));
    },
  );

  test("a single reset is healed at once, and loses nothing", async () => {
    start(registers(10));
    await connected();
    plc.wire.reset();
    plc.registers.writeUInt16BE(5, 20);
    await vi.waitFor(() => expect(sink.value(0)).toBe(5), within);
    expect(sink.count("lost")).toBe(0);
  });

  test("a dead device does not slow another: one goes on while the other's request has no answer", async () => {
    const dead = new RecordingSink();
    const other = await startModbusPlc();
    other.wire.blackHole(true);
    start(registers(10), { id: "dead", endpoint: other.endpoint, timeoutMs: 3_600_000 }, dead);
    await vi.waitFor(() => expect(other.wire.swallowed()).toBe(1), within);
    start(registers(10));
    await connected();
    const heard = sink.count("readings");
    await vi.waitFor(() => expect(sink.count("readings")).toBeGreaterThan(heard + 20), within);
    expect([other.wire.swallowed(), dead.events.length, dead.roundTrips]).toEqual([1, 0, 0]);
    await other.close();
  });

  test("a source time comes with its value; a clock that was never set is not believed", async () => {
    const changedMs = Date.UTC(2026, 0, 2);
    plc.registers.writeBigUInt64BE(BigInt(changedMs), 8);
    plc.registers.writeBigUInt64BE(0n, 100);
    start([
      { address: "holding:2", type: "uint16", sourceTime: "holding:4" },
      { address: "holding:2", type: "uint16", sourceTime: "holding:50" },
    ]);
    await connected();
    expect(sink.latest.get(0)).toMatchObject({ timeMs: changedMs, sourced: true, value: 1002 });
    expect(sink.latest.get(1)).toMatchObject({ sourced: false, value: 1002 });
    expect(Date.now() - (sink.latest.get(1)?.timeMs ?? 0)).toBeLessThan(5000);
  });

  test("a device that takes one connection a cycle gets it, and is not lost between", async () => {
    start(registers(10, 190), { closeAfterCycle: true, maxGap: 0 });
    await connected();
    const ports = new Set<number>();
    await vi.waitFor(() => {
      for (const port of plc.wire.clientPorts()) ports.add(port);
      expect(ports.size).toBeGreaterThan(3);
    }, within);
    plc.registers.writeUInt16BE(8, 20);
    await vi.waitFor(() => expect(sink.value(0)).toBe(8), within);
    expect(sink.count("lost")).toBe(0);
    expect(sink.errors()).toEqual([]);
  });

  test("pauses after a connect and between requests are kept", async () => {
    const asked: number[] = [];
    plc.refuse = () => {
      asked.push(performance.now());
      return undefined;
    };
    const from = performance.now();
    start(registers(10, 100, 190), {
      maxGap: 0,
      pauseAfterConnectMs: 60,
      pauseBetweenRequestsMs: 30,
    });
    await connected();
    const [first = 0, second = 0, third = 0] = asked;
    // A timer of this machine may end a millisecond early.
    expect(first - from).toBeGreaterThanOrEqual(59);
    expect(second - first).toBeGreaterThanOrEqual(29);
    expect(third - second).toBeGreaterThanOrEqual(29);
  });

  test("an address that no function code reads is asked for once in a while only", async () => {
    plc.refuse = (first) => (first === 10 ? 1 : undefined);
    start(registers(10, 100), { maxGap: 0 });
    await connected();
    const heard = plc.requests.length;
    await vi.waitFor(() => expect(plc.requests.length).toBeGreaterThan(heard + 10), within);
    expect(sink.errors()).toHaveLength(1);
    expect(sink.errors()[0]).toMatchObject({ exception: 1, functionCode: 3 });
  });

  test("a float that is no number is no value", async () => {
    plc.registers.writeFloatBE(Number.NaN, 0);
    plc.registers.writeFloatBE(Number.POSITIVE_INFINITY, 4);
    start([
      { address: "holding:0", type: "float32" },
      { address: "holding:2", type: "float32" },
    ]);
    await connected();
    expect([sink.value(0), sink.value(1)]).toEqual([null, null]);
  });
});
