import { once } from "node:events";
import { ServerTCP, type IServiceVector } from "modbus-serial";
import { createServer, type AddressInfo } from "node:net";
import { startWire, type Wire } from "./wire.ts";

/** A Modbus server of another make (modbus-serial), behind a wire that can be broken. */
export interface ModbusPlc {
  readonly endpoint: string;
  readonly wire: Wire;
  /** Holding registers, base 0. */
  readonly registers: Buffer;
  readonly bits: boolean[];
  /** Requests that were answered, as `first+count`. */
  readonly requests: string[];
  /** Registers and bits that were written, as `address=value`. */
  readonly writes: string[];
  /** Answers a request for these registers with an exception; `undefined` answers it. */
  refuse: (first: number, count: number) => number | undefined;
  close(): Promise<void>;
}

export async function startModbusPlc(): Promise<ModbusPlc> {
  const registers = Buffer.alloc(65_536 * 2);
  const bits: boolean[] = [];
  const requests: string[] = [];
  const writes: string[] = [];
  const answer = <T>(first: number, count: number, value: T): T => {
    const exception = plc.refuse(first, count);
    if (exception !== undefined)
      throw Object.assign(new Error("refused"), { modbusErrorCode: exception });
    requests.push(`${first}+${count}`);
    return value;
  };
  const words = (first: number, count: number) =>
    answer(
      first,
      count,
      Array.from({ length: count }, (_, at) => registers.readUInt16BE((first + at) * 2)),
    );
  const vector: IServiceVector = {
    getMultipleHoldingRegisters: words,
    getMultipleInputRegisters: words,
    // This server asks so for a single register.
    getHoldingRegister: (at: number) => words(at, 1)[0] ?? 0,
    getInputRegister: (at: number) => words(at, 1)[0] ?? 0,
    getCoil: (at: number) => answer(at, 1, bits[at] === true),
    getDiscreteInput: (at: number) => answer(at, 1, bits[at] === true),
    setRegister: (at: number, value: number) => {
      answer(at, 1, undefined);
      writes.push(`${at}=${value}`);
      registers.writeUInt16BE(value, at * 2);
    },
    setCoil: (at: number, value: boolean) => {
      answer(at, 1, undefined);
      writes.push(`${at}=${value}`);
      bits[at] = value;
    },
  };
  // This server takes port 0 for "the standard port": a free one is looked up for it.
  const port = await freePort();
  const server = new ServerTCP(vector, { host: "127.0.0.1", port, unitID: 1 });
  await once(server, "initialized");
  const wire = await startWire({ port });
  const plc: ModbusPlc = {
    endpoint: `tcp://127.0.0.1:${wire.port}`,
    wire,
    registers,
    bits,
    requests,
    writes,
    refuse: () => undefined,
    async close() {
      await wire.close();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
  return plc;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
