import { modbusDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startModbusPlc, type ModbusPlc } from "../../../tests/modbus-plc.ts";
import { RecordingSink } from "../../../tests/recording-sink.ts";
import { startRtuBus, type RtuBus } from "../../../tests/rtu-bus.ts";
import { driverFactory } from "../registry.ts";
import type { Driver } from "../contract.ts";

type Value = Parameters<NonNullable<Driver["write"]>>[1];

const within = { timeout: 5000, interval: 5 };
const always = () => true;
const tags = {
  word: { address: "holding:0", type: "uint16" },
  real: { address: "holding:2", type: "float32", order: "CDAB" },
  long: { address: "holding:4", type: "int64", order: "BADC" },
  text: { address: "holding:10", type: "string", length: 5, fill: "space" },
  packed: { address: "holding:20", type: "bcd32" },
  bit: { address: "holding:30.4", type: "bool" },
  next: { address: "holding:30.6", type: "bool" },
  high: { address: "holding:31", type: "uint8", order: "BA" },
  coil: { address: "coil:3", type: "bool" },
  input: { address: "input:0", type: "uint16" },
  absent: { address: "holding:900", type: "uint16" },
} as const;
type Name = keyof typeof tags;

const drivers: Driver[] = [];

async function start(endpoint: string, more: object = {}) {
  const sink = new RecordingSink();
  const driver = await driverFactory()({
    device: modbusDevice.parse({
      id: "plc",
      driver: "modbus",
      endpoint,
      line: "line",
      periodMs: 60_000,
      timeoutMs: 2000,
      ...more,
      tags: Object.entries(tags).map(([name, tag]) => ({ signal: `unit/${name}`, ...tag })),
    }),
    clock: plantClock(),
    sink,
    dataDir: "",
    random: () => 0.5,
  });
  drivers.push(driver);
  driver.start();
  await vi.waitFor(() => expect(sink.isConnected).toBe(true), within);
  return async (name: Name, value: Value, isInTime = always) => {
    if (driver.write === undefined) throw new Error("it cannot write");
    return driver.write(Object.keys(tags).indexOf(name), value, isInTime);
  };
}

afterEach(async () => {
  await Promise.all(drivers.splice(0).map(async (driver) => driver.stop()));
});

const everything = [
  ["word", 4711],
  ["real", 1.5],
  ["long", -(2n ** 60n)],
  ["text", "BOX"],
  ["packed", 12_345_678],
  ["bit", true],
  ["bit", false],
  ["high", 200],
  ["coil", true],
] as const;

describe("writing to devices that know every function code", () => {
  let bus: RtuBus;
  let registers: Buffer;
  beforeEach(async () => {
    bus = await startRtuBus(1);
    registers = bus.units.get(1)?.registers ?? Buffer.alloc(0);
    registers.fill(0xa5, 60, 64);
    bus.refuse = ({ first }) => (first === 900 ? 2 : undefined);
  });
  afterEach(async () => bus.close());
  const codes = () => bus.requests.map(({ functionCode }) => functionCode);
  const lastCodes = (count: number) => codes().slice(-count);

  test("every type is written, and read back as it stands there", async () => {
    const write = await start(bus.endpoint);
    for (const [name, value] of everything) expect(await write(name, value)).toBe(value);
    expect(registers.subarray(0, 2).readUInt16BE(0)).toBe(4711);
    expect(registers.subarray(4, 8).toString("hex")).toBe("00003fc0");
    expect(registers.subarray(20, 26).toString("latin1")).toBe("BOX   ");
    expect(registers.subarray(40, 44).toString("hex")).toBe("12345678");
    expect(bus.units.get(1)?.bits[3]).toBe(true);
  });

  test("one register by function code 6, several by 16, a bit of a register by 22", async () => {
    const write = await start(bus.endpoint);
    await write("word", 1);
    expect(lastCodes(2)).toEqual([6, 3]);
    await write("real", 1);
    expect(lastCodes(2)).toEqual([16, 3]);
    await write("coil", true);
    expect(lastCodes(2)).toEqual([5, 1]);
    await write("bit", true);
    expect(lastCodes(2)).toEqual([22, 3]);
    expect(registers.readUInt16BE(60)).toBe(0xa5a5 | 0x10);
    await write("high", 0x12);
    expect(registers.readUInt16BE(62)).toBe(0x12a5);
  });

  test("readWrite takes one request, by function code 23; multiple takes 15 and 16", async () => {
    const write = await start(bus.endpoint, { writeWith: "readWrite" });
    expect(await write("real", -2.5)).toBe(-2.5);
    expect(lastCodes(1)).toEqual([23]);
    const other = await start(bus.endpoint, { writeWith: "multiple" });
    await other("word", 7);
    expect(lastCodes(2)).toEqual([16, 3]);
    await other("coil", false);
    expect(lastCodes(2)).toEqual([15, 1]);
  });

  test.for([
    ["word", 65_536, "unusable", /65536 cannot be written as a uint16/],
    ["text", "TOO LONG", "unusable", /a text of 5 characters/],
    ["bit", 1, "unusable", /as a bool/],
    ["input", 1, "unusable", /can only be read/],
    ["absent", 1, "refused", /exception 2 .* to function code 6/],
  ] as const)(
    "%s = %s is refused, and nothing is written",
    async ([name, value, code, message]) => {
      const write = await start(bus.endpoint);
      const asked = bus.requests.length;
      const before = Buffer.from(registers);
      await expect(write(name, value)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
        address: tags[name].address,
      });
      expect(registers.equals(before)).toBe(true);
      expect(bus.requests.length - asked).toBe(code === "unusable" ? 0 : 1);
    },
  );

  test("what is not in time any more when it would go out is not sent", async () => {
    const write = await start(bus.endpoint);
    const asked = bus.requests.length;
    await expect(write("word", 1, () => false)).rejects.toMatchObject({ code: "tooLate" });
    expect(bus.requests.length).toBe(asked);
  });

  test("a write without an answer is told as such, and never sent a second time", async () => {
    const write = await start(bus.endpoint, { timeoutMs: 100 });
    bus.instead = ({ functionCode }) => (functionCode === 6 ? [] : undefined);
    await expect(write("word", 5)).rejects.toMatchObject({ code: "timeout" });
    expect(codes().filter((code) => code === 6)).toHaveLength(1);
    // Written all the same: it was only the answer that was lost.
    expect(registers.readUInt16BE(0)).toBe(5);
    bus.instead = () => undefined;
    expect(await write("word", 6)).toBe(6);
  });

  test("a device out of reach is not written to", async () => {
    const write = await start(bus.endpoint);
    await bus.wire.unplug();
    const outcome = await write("word", 1).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: expect.stringMatching(/closed|unreachable/) });
    expect(codes()).not.toContain(6);
  });
});

describe("writing to a device that knows neither 22 nor 23", () => {
  let plc: ModbusPlc;
  beforeEach(async () => {
    plc = await startModbusPlc();
    plc.registers.fill(0xa5, 60, 64);
    plc.refuse = (first) => (first === 900 ? 2 : undefined);
  });
  afterEach(async () => plc.close());

  test("every type is written, bits by reading, changing and writing their register", async () => {
    const write = await start(plc.endpoint);
    for (const [name, value] of everything) expect(await write(name, value)).toBe(value);
    expect(plc.registers.readUInt16BE(60)).toBe(0xa5a5 & ~0x10);
    expect(plc.registers.readUInt16BE(62)).toBe((200 << 8) | 0xa5);
  });

  test("two bits of one register, written at once, are both written", async () => {
    const write = await start(plc.endpoint);
    expect(await Promise.all([write("bit", true), write("next", true)])).toEqual([true, true]);
    expect(plc.registers.readUInt16BE(60)).toBe(0xa5a5 | 0x50);
  });

  test("readWrite falls back to 16", async () => {
    const write = await start(plc.endpoint, { writeWith: "readWrite" });
    expect(await write("real", 3)).toBe(3);
  });
});
