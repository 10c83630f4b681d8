import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { device as deviceSchema, type Device } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startModbusPlc } from "../../tests/modbus-plc.ts";
import { startOpcuaPlc, type OpcuaPlcOptions } from "../../tests/opcua-plc.ts";
import { RecordingSink } from "../../tests/recording-sink.ts";
import { startRtuBus, type RtuDevices } from "../../tests/rtu-bus.ts";
import { hasSocat, startSerialLine } from "../../tests/serial-line.ts";
import type { Wire } from "../../tests/wire.ts";
import type { Driver } from "./contract.ts";
import { pkiFolderOf } from "./opcua/trust-store.ts";
import { driverFactory } from "./registry.ts";

/** A PLC with four good tags, and a fifth whose address it does not have. */
interface ContractPlc {
  readonly device: Device;
  readonly wire: Wire;
  set(values: { number: number; real: number; bit: boolean; text: string }): void;
  close(): Promise<void>;
}

const tag = { number: 0, real: 1, bit: 2, text: 3, absent: 4 };
const first = { number: 41, real: 1.5, bit: true, text: "BOTTLE" };
const second = { number: -7, real: -0.25, bit: false, text: "CAN" };
const within = { timeout: 15_000, interval: 5 };

describeDriverContract("modbus", async () => {
  const plc = await startModbusPlc();
  plc.refuse = (from, count) => (from <= 900 && from + count > 900 ? 2 : undefined);
  return {
    wire: plc.wire,
    close: async () => plc.close(),
    set: (values) => setRegisters(plc, values),
    device: modbusContractDevice(plc.endpoint),
  };
});

describeDriverContract("modbus, RTU over TCP", async () => {
  const bus = await startRtuBus(1);
  return { ...overRtu(bus), wire: bus.wire, close: async () => bus.close() };
});

if (hasSocat()) {
  describeDriverContract("modbus, serial RTU", async () => {
    const line = await startSerialLine(1);
    return { ...overRtu(line), wire: line.wire, close: async () => line.close() };
  });
}

function overRtu(bus: RtuDevices & { endpoint: string }): Pick<ContractPlc, "device" | "set"> {
  const unit = bus.units.get(1);
  if (unit === undefined) throw new Error("no unit 1");
  bus.refuse = ({ first, count }) => (first <= 900 && first + count > 900 ? 2 : undefined);
  return {
    device: modbusContractDevice(bus.endpoint),
    set: (values) => setRegisters(unit, values),
  };
}

function setRegisters(
  { registers, bits }: { registers: Buffer; bits: boolean[] },
  { number, real, bit, text }: Parameters<ContractPlc["set"]>[0],
): void {
  registers.writeInt32BE(number, 0);
  registers.writeDoubleBE(real, 4);
  bits[3] = bit;
  registers.fill(0, 40, 60).write(text, 40, "latin1");
}

function modbusContractDevice(endpoint: string): Device {
  return deviceSchema.parse({
    id: "plc",
    driver: "modbus",
    endpoint,
    line: "line",
    periodMs: 20,
    timeoutMs: 300,
    tags: [
      { signal: "unit/number", address: "holding:0", type: "int32" },
      { signal: "unit/real", address: "holding:2", type: "float64" },
      { signal: "unit/bit", address: "coil:3", type: "bool" },
      { signal: "unit/text", address: "holding:20", type: "string", length: 20 },
      { signal: "unit/absent", address: "holding:900", type: "uint16" },
    ],
  });
}

describeDriverContract("opcua", () => startOpcuaContractPlc({}));

describeDriverContract("opcua, polled", () => startOpcuaContractPlc({ mode: "poll" }));

describeDriverContract("opcua, signed and encrypted", async (dataDir) => {
  const plc = await startOpcuaContractPlc({ security: {} }, { secured: {} });
  const trusted = join(pkiFolderOf(dataDir), "trusted", "certs");
  await mkdir(trusted, { recursive: true });
  await copyFile(join(plc.pki, "own", "certs", "server.pem"), join(trusted, "server.pem"));
  return plc;
});

async function startOpcuaContractPlc(
  device: object,
  options: Partial<OpcuaPlcOptions> = {},
): Promise<ContractPlc & { pki: string }> {
  const plc = await startOpcuaPlc({
    variables: {
      Number: { type: "Int32", value: 0 },
      Real: { type: "Double", value: 0 },
      Bit: { type: "Boolean", value: false },
      Text: { type: "String", value: "" },
    },
    ...options,
  });
  const address = (name: string) => `nsu=${plc.namespaceUri};s=${name}`;
  return {
    wire: plc.wire,
    pki: plc.pki,
    close: () => plc.close(),
    set({ number, real, bit, text }) {
      plc.set("Number", number);
      plc.set("Real", real);
      plc.set("Bit", bit);
      plc.set("Text", text);
    },
    device: deviceSchema.parse({
      id: "plc",
      driver: "opcua",
      endpoint: plc.endpoint,
      line: "line",
      periodMs: 20,
      timeoutMs: 300,
      publishingIntervalMs: 50,
      tags: [
        { signal: "unit/number", address: address("Number") },
        { signal: "unit/real", address: address("Real") },
        { signal: "unit/bit", address: address("Bit") },
        { signal: "unit/text", address: address("Text") },
        { signal: "unit/absent", address: address("Absent") },
      ],
      ...device,
    }),
  };
}

function describeDriverContract(
  name: string,
  startPlc: (dataDir: string) => Promise<ContractPlc>,
): void {
  describe(`driver ${name}`, () => {
    let plc: ContractPlc;
    let dataDir: string;
    let driver: Driver;
    let sink: RecordingSink;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "driver-"));
      plc = await startPlc(dataDir);
    });
    afterAll(async () => {
      await plc.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    beforeEach(async () => {
      plc.set(first);
      sink = new RecordingSink();
      driver = await driverFactory()({
        device: plc.device,
        clock: plantClock(),
        sink,
        dataDir,
        random: () => 0.5,
      });
    });
    afterEach(async () => {
      await driver.stop();
      plc.wire.mangle(undefined);
      plc.wire.blackHole(false);
    });

    const isConnected = () => vi.waitFor(() => expect(sink.isConnected).toBe(true), within);
    /** How long it takes depends on the machine: it is told, not judged. */
    const timed = async (what: string, happened: () => Promise<unknown>) => {
      const from = performance.now();
      await happened();
      process.stderr.write(`${name}: ${what} after ${Math.round(performance.now() - from)} ms\n`);
    };
    const shows = (values: typeof first) =>
      vi.waitFor(() => {
        expect([tag.number, tag.real, tag.bit, tag.text].map((at) => sink.value(at))).toEqual(
          Object.values(values),
        );
      }, within);

    test("announces the device with the type and the first value of each tag", async () => {
      driver.start();
      await isConnected();
      const announced = sink.events.find((event) => event.kind === "connected");
      expect(announced?.types.slice(0, 4)).toEqual(["int32", "float64", "bool", "string"]);
      expect(announced?.readings.map(({ tag: at, value }) => [at, value])).toEqual(
        expect.arrayContaining([
          [0, 41],
          [1, 1.5],
          [2, true],
          [3, "BOTTLE"],
          [4, null],
        ]),
      );
    });

    test("yields what changes, with the time at which it was so", async () => {
      driver.start();
      await isConnected();
      // The request that brings it may have been on its way already: it is timed by when it was asked.
      const before = sink.latest.get(tag.number)?.timeMs ?? Number.NaN;
      plc.set(second);
      await shows(second);
      const { timeMs } = sink.latest.get(tag.number) ?? { timeMs: 0 };
      expect(timeMs).toBeGreaterThanOrEqual(before);
      expect(timeMs).toBeLessThanOrEqual(Date.now());
    });

    test("names device and address of what cannot be read, and reads all else", async () => {
      driver.start();
      await isConnected();
      await shows(first);
      expect(sink.value(tag.absent)).toBeNull();
      const error = sink.errors().find(({ code }) => code !== "unreachable");
      expect(error).toMatchObject({ device: "plc", address: expect.stringMatching(/900|Absent/) });
      expect(error?.message).toMatch(/unit\/absent/);
    });

    test("reads the right values after its connections were reset", async () => {
      driver.start();
      await isConnected();
      plc.wire.reset();
      plc.set(second);
      await shows(second);
      await isConnected();
      expect(sink.errors().length).toBeGreaterThan(0);
    });

    test("tells once that the device is lost, and that it came back", async () => {
      driver.start();
      await isConnected();
      await plc.wire.unplug();
      await timed("unplugged, noticed", () =>
        vi.waitFor(() => expect(sink.count("lost")).toBe(1), within),
      );
      plc.set(second);
      await plc.wire.plug();
      await timed("plugged in, right again", () => shows(second));
      expect(sink.count("lost")).toBe(1);
      expect(sink.count("connected")).toBe(2);
    });

    test("notices that nothing answers any more, and comes back", async () => {
      driver.start();
      await isConnected();
      plc.wire.blackHole(true);
      await timed("half-open, noticed", () =>
        vi.waitFor(() => expect(sink.count("lost")).toBe(1), within),
      );
      plc.wire.blackHole(false);
      plc.wire.reset();
      await timed("half-open, over", isConnected);
    });

    test("says which device cannot be reached, and connects when it can", async () => {
      await plc.wire.unplug();
      driver.start();
      await vi.waitFor(() => expect(sink.count("failed")).toBeGreaterThan(0), within);
      expect(sink.errors()[0]).toMatchObject({ device: "plc", code: "unreachable" });
      expect(sink.errors()[0]?.message).toContain(plc.device.endpoint);
      expect(sink.count("lost")).toBe(0);
      await plc.wire.plug();
      await isConnected();
    });

    test("reads the right values when every byte comes alone", async () => {
      plc.wire.mangle((chunk) => Array.from(chunk, (byte) => Buffer.of(byte)));
      driver.start();
      await isConnected();
      plc.set(second);
      await shows(second);
      expect(sink.count("lost")).toBe(0);
    });

    test("keeps a connection on which nothing changes", async () => {
      driver.start();
      await isConnected();
      const heard = sink.count("readings");
      await vi.waitFor(() => expect(sink.count("readings")).toBeGreaterThan(heard + 2), {
        timeout: 5000,
      });
      expect(sink.count("lost")).toBe(0);
    });

    test("leaves no connection, and says nothing, after it was stopped", async () => {
      driver.start();
      await isConnected();
      await driver.stop();
      const said = sink.events.length;
      await vi.waitFor(() => expect(plc.wire.connections()).toBe(0), within);
      plc.set(second);
      expect(sink.events.length).toBe(said);
    });
  });
}
