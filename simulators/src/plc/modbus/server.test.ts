import { createServer } from "node:net";
import { once } from "node:events";
import ModbusRTU from "modbus-serial";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  answerLate,
  disconnect,
  dropEveryThirdReply,
  exceptionFor,
  resetConnection,
} from "../behaviour.ts";
import { emptyImage, setUint32, type RegisterImage } from "./registers.ts";
import { startModbusPlc, type ModbusPlc } from "./server.ts";

let plc: ModbusPlc;
const clients: ModbusRTU.default[] = [];
let reads = 0;

/** Every read shows the next number, everywhere: torn or mixed reads would show two. */
function countingImage(): RegisterImage {
  reads += 1;
  const image = emptyImage(10, 120);
  for (let address = 10; address < 130; address += 2) setUint32(image, address, reads, "ABCD");
  return { ...image, bits: [true, false, true] };
}

beforeEach(async () => {
  plc = await startModbusPlc({ port: 0, units: new Map([[1, countingImage]]) });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy(() => {});
  await plc.close();
});

async function client(unit = 1): Promise<ModbusRTU.default> {
  const client = new ModbusRTU.default();
  clients.push(client);
  await client.connectTCP("127.0.0.1", { port: plc.port });
  client.setTimeout(300);
  client.setID(unit);
  return client;
}

describe("a Modbus PLC", () => {
  it("answers a block with values of one instant", async () => {
    const modbus = await client();
    for (let request = 0; request < 20; request += 1) {
      const { buffer } = await modbus.readHoldingRegisters(10, 120);
      const values = Array.from({ length: 60 }, (_, index) => buffer.readUInt32BE(4 * index));
      expect(new Set(values).size).toBe(1);
    }
  });

  it("shows the same as input registers, and bits as coils and discrete inputs", async () => {
    const modbus = await client();
    expect((await modbus.readInputRegisters(10, 2)).data).toEqual([0, reads]);
    expect((await modbus.readCoils(0, 3)).data.slice(0, 3)).toEqual([true, false, true]);
    const before = reads;
    expect((await modbus.readDiscreteInputs(0, 2)).data.slice(0, 2)).toEqual([true, false]);
    expect(reads).toBe(before + 1);
  });

  it.each([
    ["registers beyond the last", 129, 2, 1, "Modbus exception 2"],
    ["registers before the first", 9, 2, 1, "Modbus exception 2"],
    ["a single register that is not there", 500, 1, 1, "Modbus exception 2"],
    ["a unit that is not there", 10, 2, 7, "Modbus exception 11"],
  ])("answers %s with an exception", async (_, address, length, unit, message) => {
    const modbus = await client(unit);
    await expect(modbus.readHoldingRegisters(address, length)).rejects.toThrow(message);
  });

  it("cannot be written to", async () => {
    const modbus = await client();
    await expect(modbus.writeRegister(10, 1)).rejects.toThrow("Modbus exception 1");
    await expect(modbus.writeRegisters(10, [1, 2])).rejects.toThrow("Modbus exception 1");
    await expect(modbus.writeCoil(0, true)).rejects.toThrow("Modbus exception 1");
  });
});

describe("a Modbus PLC that misbehaves", () => {
  it("leaves every third request without a reply", async () => {
    await plc.behave(dropEveryThirdReply);
    const answered: boolean[] = [];
    for (let request = 0; request < 6; request += 1) {
      const modbus = await client();
      const reply = modbus.readHoldingRegisters(10, 2);
      answered.push(
        await reply.then(
          () => true,
          () => false,
        ),
      );
    }
    expect(answered).toEqual([true, true, false, true, true, false]);
    expect(plc.requests()).toBe(6);
  });

  it("answers late, with the values of the request", async () => {
    await plc.behave(answerLate(120));
    const modbus = await client();
    const askedAt = performance.now();
    await modbus.readHoldingRegisters(10, 2);
    expect(performance.now() - askedAt).toBeGreaterThan(110);
  });

  it("answers one address with an exception, and the others well, until it behaves again", async () => {
    await plc.behave(exceptionFor(20, 6));
    const modbus = await client();
    await expect(modbus.readHoldingRegisters(18, 4)).rejects.toThrow("Modbus exception 6");
    await expect(modbus.readHoldingRegisters(10, 10)).resolves.toBeDefined();
    await plc.behave();
    await expect(modbus.readHoldingRegisters(18, 4)).resolves.toBeDefined();
  });

  it("drops its connections, refuses new ones for a while, and comes back on its port", async () => {
    const modbus = await client();
    await modbus.readHoldingRegisters(10, 2);
    await plc.behave(disconnect(200));
    await expect(client()).rejects.toThrow("ECONNREFUSED");
    await vi.waitFor(async () => (await client()).readHoldingRegisters(10, 2), { timeout: 3000 });
  });

  it("resets connections, and takes new ones at once", async () => {
    const modbus = await client();
    await modbus.readHoldingRegisters(10, 2);
    await plc.behave(resetConnection);
    await expect(modbus.readHoldingRegisters(10, 2)).rejects.toThrow(/Not Open|Timed out|ECONN/);
    await expect((await client()).readHoldingRegisters(10, 2)).resolves.toBeDefined();
  });
});

describe("a port in use", () => {
  it("is an error, not a hang", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(startModbusPlc({ port, units: new Map() })).rejects.toThrow("EADDRINUSE");
    other.close();
  });
});
