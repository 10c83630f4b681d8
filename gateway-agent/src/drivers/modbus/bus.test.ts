import { modbusDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startModbusPlc } from "../../../tests/modbus-plc.ts";
import { RecordingSink } from "../../../tests/recording-sink.ts";
import { startRtuBus, type RtuBus } from "../../../tests/rtu-bus.ts";
import type { Driver } from "../contract.ts";
import { Buses } from "./bus.ts";
import { modbusDriver } from "./connection.ts";

const within = { timeout: 5000, interval: 5 };

describe("several units on one bus", () => {
  let bus: RtuBus;
  let buses: Buses;
  const drivers: Driver[] = [];

  const start = (unitId: number, addresses: string[], more: object = {}): RecordingSink => {
    const sink = new RecordingSink();
    const device = modbusDevice.parse({
      id: `plc-${unitId}`,
      driver: "modbus",
      endpoint: bus.endpoint,
      line: "line",
      unitId,
      periodMs: 20,
      timeoutMs: 5000,
      maxGap: 0,
      ...more,
      tags: addresses.map((address, index) => ({
        signal: `unit/s${index}`,
        address,
        type: "uint16",
      })),
    });
    const driver = modbusDriver(
      { device, clock: plantClock(), sink, dataDir: "", random: () => 0.5 },
      buses,
    );
    drivers.push(driver);
    driver.start();
    return sink;
  };
  const connected = async (sink: RecordingSink) =>
    vi.waitFor(() => expect(sink.isConnected).toBe(true), within);
  const fill = (unit: number) => {
    for (let at = 0; at < 200; at += 1) {
      bus.units.get(unit)?.registers.writeUInt16BE(unit * 1000 + at, at * 2);
    }
  };
  const valuesOf = (sink: RecordingSink) =>
    new Set(
      sink.events.flatMap((event) =>
        event.kind === "readings" || event.kind === "connected"
          ? event.readings.map(({ tag, value }) => `${tag}=${String(value)}`)
          : [],
      ),
    );

  beforeEach(async () => {
    bus = await startRtuBus(1, 2, 3);
    buses = new Buses();
    for (const unit of [1, 2, 3]) fill(unit);
  });
  afterEach(async () => {
    await Promise.all(drivers.splice(0).map(async (driver) => driver.stop()));
    await bus.close();
  });

  test("share one connection, one request at a time, and each has its own values", async () => {
    let open = 0;
    let most = 0;
    bus.instead = async (_, answer) => {
      open += 1;
      most = Math.max(most, open);
      await vi.waitFor(() => {});
      open -= 1;
      return [answer];
    };
    const sinks = [1, 2, 3].map((unit) => start(unit, ["holding:5", "holding:50"]));
    for (const sink of sinks) await connected(sink);
    await vi.waitFor(() => expect(bus.requests.length).toBeGreaterThan(40), within);
    expect(bus.wire.connections()).toBe(1);
    expect(most).toBe(1);
    expect(sinks.map((sink) => [...valuesOf(sink)].sort())).toEqual([
      ["0=1005", "1=1050"],
      ["0=2005", "1=2050"],
      ["0=3005", "1=3050"],
    ]);
  });

  test("a dead unit is asked rarely, and costs the others neither a value nor the connection", async () => {
    const alive = start(1, ["holding:5"]);
    const dead = start(2, ["holding:5"], { timeoutMs: 200 });
    await connected(alive);
    await connected(dead);
    const [client] = bus.wire.clientPorts();
    bus.instead = ({ unit }) => (unit === 2 ? [] : undefined);
    await vi.waitFor(() => expect(dead.count("lost")).toBe(1), within);
    const from = bus.requests.length;
    await vi.waitFor(() => expect(bus.requests.length).toBeGreaterThan(from + 60), within);
    const asked = bus.requests.slice(from);
    // Twenty timeouts apart it may have been its turn again.
    expect(asked.filter(({ unit }) => unit === 2).length).toBeLessThan(asked.length / 10);
    expect(alive.count("lost")).toBe(0);
    expect(alive.errors()).toEqual([]);
    expect(bus.wire.clientPorts()).toEqual([client]);
  });

  test("a unit that comes back is read again", async () => {
    start(1, ["holding:5"]);
    const sink = start(2, ["holding:5"], { timeoutMs: 100 });
    await connected(sink);
    bus.instead = ({ unit }) => (unit === 2 ? [] : undefined);
    await vi.waitFor(() => expect(sink.count("lost")).toBe(1), within);
    bus.instead = () => undefined;
    await vi.waitFor(() => expect(sink.count("connected")).toBe(2), { timeout: 10_000 });
    expect(valuesOf(sink)).toEqual(new Set(["0=2005"]));
  });

  test("a unit that leaves does not disturb the others; the last one closes the connection", async () => {
    const stays = start(1, ["holding:5"]);
    const goes = start(2, ["holding:5"]);
    await connected(stays);
    await connected(goes);
    const [client] = bus.wire.clientPorts();
    await drivers[1]?.stop();
    const heard = stays.count("readings");
    await vi.waitFor(() => expect(stays.count("readings")).toBeGreaterThan(heard + 10), within);
    expect(bus.wire.clientPorts()).toEqual([client]);
    expect(stays.errors()).toEqual([]);
    await drivers[0]?.stop();
    await vi.waitFor(() => expect(bus.wire.connections()).toBe(0), within);
  });

  test("the late reply of an RTU device is never taken for another value, whatever was asked", async () => {
    const late: (() => void)[] = [];
    // Two blocks of one shape: a reply tells nothing of the address it came from.
    const sink = start(1, ["holding:5", "holding:50"], { timeoutMs: 100 });
    await connected(sink);
    let isHolding = true;
    bus.instead = ({ first }, answer) => {
      if (!isHolding || first !== 5) return undefined;
      isHolding = false;
      const { promise, resolve } = Promise.withResolvers<Buffer[]>();
      // It comes when the next requests are already waiting behind it.
      late.push(() => resolve([answer]));
      return promise;
    };
    await vi.waitFor(() => expect(sink.count("failed")).toBeGreaterThan(0), within);
    const asked = bus.requests.length;
    await vi.waitFor(() => expect(bus.requests.length).toBeGreaterThan(asked), within);
    for (const letGo of late) letGo();
    const seen = sink.count("readings");
    await vi.waitFor(() => expect(sink.count("readings")).toBeGreaterThan(seen + 10), within);
    expect(valuesOf(sink)).toEqual(new Set(["0=1005", "1=1050"]));
    // What is asked behind a timeout has an answer of another length.
    expect(bus.requests.some(({ count }) => count === 2)).toBe(true);
  });

  test("noise on the line costs one request", async () => {
    const sink = start(1, ["holding:5"]);
    await connected(sink);
    let noise = 1;
    bus.instead = (_, answer) => {
      if (noise-- <= 0) return undefined;
      const spoilt = Buffer.from(answer);
      spoilt[3] = (spoilt[3] ?? 0) ^ 0x10;
      return [spoilt];
    };
    await vi.waitFor(() => expect(sink.count("failed")).toBe(1), within);
    expect(sink.errors()[0]).toMatchObject({
      code: "malformed",
      message: expect.stringMatching(/CRC/),
    });
    const seen = sink.count("readings");
    await vi.waitFor(() => expect(sink.count("readings")).toBeGreaterThan(seen + 5), within);
    expect(valuesOf(sink)).toEqual(new Set(["0=1005"]));
    expect(sink.count("lost")).toBe(0);
  });

  test("a unit that a gateway cannot reach is asked as rarely as a silent one", async () => {
    const alive = start(1, ["holding:5"]);
    const dead = start(2, ["holding:5"], { timeoutMs: 200 });
    await connected(alive);
    await connected(dead);
    bus.refuse = ({ unit }) => (unit === 2 ? 11 : undefined);
    await vi.waitFor(() => expect(dead.count("lost")).toBe(1), within);
    const from = bus.requests.length;
    await vi.waitFor(() => expect(bus.requests.length).toBeGreaterThan(from + 60), within);
    const asked = bus.requests.slice(from);
    expect(asked.filter(({ unit }) => unit === 2).length).toBeLessThan(asked.length / 10);
    expect(alive.errors()).toEqual([]);
  });

  test("exception 11 backs off: the device is lost, the connection stays, and it comes back", async () => {
    const sink = start(1, ["holding:5"]);
    await connected(sink);
    const [client] = bus.wire.clientPorts();
    bus.refuse = () => 11;
    await vi.waitFor(() => expect(sink.count("lost")).toBe(1), within);
    expect(sink.errors().at(-1)).toMatchObject({ code: "refused", exception: 11 });
    bus.refuse = () => undefined;
    await vi.waitFor(() => expect(sink.count("connected")).toBe(2), within);
    expect(bus.wire.clientPorts()).toEqual([client]);
  });
});

test("a silent unit behind a TCP gateway costs the connection of the others as little", async () => {
  const plc = await startModbusPlc();
  plc.registers.writeUInt16BE(4711, 10);
  const buses = new Buses();
  const start = (unitId: number, timeoutMs: number) => {
    const sink = new RecordingSink();
    const driver = modbusDriver(
      {
        device: modbusDevice.parse({
          id: `plc-${unitId}`,
          driver: "modbus",
          endpoint: plc.endpoint,
          line: "line",
          unitId,
          periodMs: 20,
          timeoutMs,
          tags: [{ signal: "unit/s", address: "holding:5", type: "uint16" }],
        }),
        clock: plantClock(),
        sink,
        dataDir: "",
        random: () => 0.5,
      },
      buses,
    );
    driver.start();
    return { sink, driver };
  };
  const alive = start(1, 5000);
  await vi.waitFor(() => expect(alive.sink.isConnected).toBe(true), within);
  const clients = plc.wire.clientPorts();
  // This server answers as unit 1 only.
  const silent = start(2, 100);
  await vi.waitFor(() => expect(silent.sink.count("failed")).toBeGreaterThan(0), within);
  const heard = alive.sink.roundTrips;
  await vi.waitFor(() => expect(alive.sink.roundTrips).toBeGreaterThan(heard + 20), within);
  expect(plc.wire.clientPorts()).toEqual(clients);
  expect(alive.sink.errors()).toEqual([]);
  expect(alive.sink.value(0)).toBe(4711);
  expect(silent.sink.isConnected).toBe(false);
  await Promise.all([alive, silent].map(async ({ driver }) => driver.stop()));
  await plc.close();
});
