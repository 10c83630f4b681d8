import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { startWire, type Wire } from "./wire.ts";

/** One device on an RTU line. */
interface RtuUnit {
  /** Holding and input registers, base 0. */
  readonly registers: Buffer;
  readonly bits: boolean[];
}

interface RtuRequest {
  readonly unit: number;
  readonly functionCode: number;
  readonly first: number;
  readonly count: number;
  /** From 1, over all units. */
  readonly number: number;
}

/** What comes instead of an answer: some frames, at once or when they are let go. */
type Instead = Buffer[] | Promise<Buffer[]>;

/** Devices of another make on a line, that know all function codes that are read and written with. */
export interface RtuDevices {
  readonly units: ReadonlyMap<number, RtuUnit>;
  readonly requests: RtuRequest[];
  /** Answers a request with an exception, and does nothing. */
  refuse: (request: RtuRequest) => number | undefined;
  instead: (request: RtuRequest, answer: Buffer) => Instead | undefined;
  /** Whoever comes in by this stream is on the line. */
  listen(stream: Duplex): void;
}

/** Devices on a line behind a device server: RTU frames in a TCP stream. */
export interface RtuBus extends RtuDevices {
  readonly endpoint: string;
  readonly wire: Wire;
  close(): Promise<void>;
}

export async function startRtuBus(...ids: number[]): Promise<RtuBus> {
  const devices = rtuDevices(...ids);
  const server = createServer({ noDelay: true }, (socket) => devices.listen(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const wire = await startWire({ port: (server.address() as AddressInfo).port });
  return Object.assign(devices, {
    wire,
    endpoint: `rtu+tcp://127.0.0.1:${wire.port}`,
    async close() {
      await wire.close();
      server.close();
      await once(server, "close");
    },
  });
}

export function rtuDevices(...ids: number[]): RtuDevices {
  const units = new Map(ids.map((id) => [id, emptyUnit()]));
  const requests: RtuRequest[] = [];
  const devices: RtuDevices = {
    units,
    requests,
    refuse: () => undefined,
    instead: () => undefined,
    listen(stream) {
      let received: Buffer = Buffer.alloc(0);
      let turn: Promise<void> = Promise.resolve();
      stream.on("error", () => {});
      stream.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        for (
          let length = lengthOf(received);
          length <= received.length;
          length = lengthOf(received)
        ) {
          const frame = received.subarray(0, length);
          received = received.subarray(length);
          if (checksum(frame.subarray(0, -2)) !== frame.readUInt16LE(length - 2)) continue;
          const parts = answersTo(frame);
          // A device answers in turn, however long it takes.
          turn = turn.then(async () => {
            for (const part of await parts) if (!stream.destroyed) stream.write(part);
          });
        }
      });
    },
  };

  function answersTo(frame: Buffer): Buffer[] | Promise<Buffer[]> {
    const [unit = 0, functionCode = 0] = frame;
    const device = units.get(unit);
    if (device === undefined) return [];
    const request: RtuRequest = {
      unit,
      functionCode,
      first: frame.readUInt16BE(2),
      count: [5, 6, 22].includes(functionCode) ? 1 : frame.readUInt16BE(4),
      number: requests.length + 1,
    };
    requests.push(request);
    const exception = devices.refuse(request);
    const body =
      exception === undefined
        ? bodyOf(device, frame, request)
        : Buffer.of(functionCode | 0x80, exception);
    const answer = framed(unit, body);
    return devices.instead(request, answer) ?? [answer];
  }
  return devices;
}

function emptyUnit(): RtuUnit {
  return { registers: Buffer.alloc(65_536 * 2), bits: [] };
}

/** Of a request, as far as it has come; more than there is if more must come. */
function lengthOf(received: Buffer): number {
  const functionCode = received[1];
  switch (functionCode) {
    case undefined:
      return 8;
    case 15:
    case 16:
      return received.length < 7 ? 9 : 9 + (received[6] ?? 0);
    case 22:
      return 10;
    case 23:
      return received.length < 11 ? 13 : 13 + (received[10] ?? 0);
    default:
      return 8;
  }
}

function bodyOf({ registers, bits }: RtuUnit, frame: Buffer, request: RtuRequest): Buffer {
  const { functionCode, first, count } = request;
  const at = first * 2;
  switch (functionCode) {
    case 1:
    case 2: {
      const packed = Buffer.alloc(Math.ceil(count / 8));
      for (let bit = 0; bit < count; bit += 1) {
        if (bits[first + bit] === true)
          packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (1 << (bit % 8));
      }
      return Buffer.concat([Buffer.of(functionCode, packed.length), packed]);
    }
    case 3:
    case 4:
      return data(functionCode, registers.subarray(at, at + count * 2));
    case 5:
      bits[first] = frame[4] === 0xff;
      return frame.subarray(1, 6);
    case 6:
      frame.copy(registers, at, 4, 6);
      return frame.subarray(1, 6);
    case 15:
      for (let bit = 0; bit < count; bit += 1) {
        bits[first + bit] = (((frame[7 + (bit >> 3)] ?? 0) >> (bit % 8)) & 1) === 1;
      }
      return frame.subarray(1, 6);
    case 16:
      frame.copy(registers, at, 7, 7 + count * 2);
      return frame.subarray(1, 6);
    case 22: {
      const and = frame.readUInt16BE(4);
      const or = frame.readUInt16BE(6);
      registers.writeUInt16BE((registers.readUInt16BE(at) & and) | (or & ~and & 0xffff), at);
      return frame.subarray(1, 8);
    }
    case 23:
      frame.copy(registers, frame.readUInt16BE(6) * 2, 11, 11 + (frame[10] ?? 0));
      return data(functionCode, registers.subarray(at, at + count * 2));
    default:
      return Buffer.of(functionCode | 0x80, 1);
  }
}

function data(functionCode: number, words: Buffer): Buffer {
  return Buffer.concat([Buffer.of(functionCode, words.length), words]);
}

function framed(unit: number, body: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.of(unit), body, Buffer.alloc(2)]);
  frame.writeUInt16LE(checksum(frame.subarray(0, -2)), frame.length - 2);
  return frame;
}

/** Bit by bit, as the specification draws it. */
function checksum(bytes: Buffer): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc % 2 === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
