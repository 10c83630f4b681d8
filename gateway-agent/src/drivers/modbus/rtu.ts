import { decodePdu, encodePdu, type Pdu, type Reply } from "./pdu.ts";

/**
 * Modbus RTU frames (MODBUS over Serial Line 1.02): unit, request, CRC; on a serial line or in a TCP
 * stream. Pure: bytes in, values out. Nothing in a reply tells which request it answers but its unit,
 * its function code and its length: see `fence.ts`.
 */
const frameLengthMax = 256;

export function encodeRtu(unit: number, pdu: Pdu): Buffer {
  const frame = encodePdu(pdu, 1, 2);
  frame[0] = unit;
  frame.writeUInt16LE(crc16(frame, frame.length - 2), frame.length - 2);
  return frame;
}

/**
 * The first whole reply of what has come so far, and what is left behind it.
 * @throws {RangeError} if the bytes are no reply: noise, a collision, or the middle of another one.
 */
export function splitRtu(received: Buffer): { frame: Buffer; rest: Buffer } | undefined {
  if (received.length < 3) return undefined;
  const length = replyLength(received[1] ?? 0, received[2] ?? 0);
  if (length > frameLengthMax) throw new RangeError(`a reply of ${length} bytes`);
  if (received.length < length) return undefined;
  const crc = received.readUInt16LE(length - 2);
  if (crc !== crc16(received, length - 2)) throw new RangeError("a reply with a wrong CRC");
  return { frame: received.subarray(0, length), rest: received.subarray(length) };
}

/** A reply that does not fit is the late one of another request, since its CRC is right. */
export function decodeRtu(frame: Buffer, unit: number, pdu: Pdu): Reply {
  if (frame[0] !== unit) {
    return { kind: "stranger", why: `an answer of unit ${frame[0]}, not ${unit}` };
  }
  const reply = decodePdu(frame, 1, frame.length - 2, pdu);
  return reply.kind === "malformed" ? { kind: "stranger", why: reply.why } : reply;
}

function replyLength(functionCode: number, data: number): number {
  if (functionCode >= 0x80) return 5;
  switch (functionCode) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 23:
      return 5 + data;
    case 5:
    case 6:
    case 15:
    case 16:
      return 8;
    case 22:
      return 10;
    default:
      throw new RangeError(`a reply with function code ${functionCode}`);
  }
}

/** CRC-16 of Modbus, polynomial 0xA001 reflected, over the first bytes. */
export function crc16(bytes: Buffer, length: number): number {
  let crc = 0xffff;
  for (let at = 0; at < length; at += 1) {
    crc = (crc >> 8) ^ (crcTable[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return crc;
}

const crcTable = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  return crc;
});

/**
 * The silence that ends a frame: 3.5 characters of 11 bits, and 1.75 ms above 19,200 baud
 * (MODBUS over Serial Line 1.02, 2.5.1.1).
 */
export function silenceMs(baudRate: number): number {
  return baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / baudRate;
}
