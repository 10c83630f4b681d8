import { decodePdu, encodePdu, type Pdu, type ReadPdu, type Reply } from "./pdu.ts";

/**
 * Modbus TCP frames (MODBUS Messaging on TCP/IP 1.0b). Pure: bytes in, values out. Each request has a
 * transaction id of 16 bits, so that a late reply finds no taker.
 */
export type TcpRequest = Pdu & Addressed;
export type ReadRequest = ReadPdu & Addressed;

interface Addressed {
  readonly transaction: number;
  readonly unit: number;
}

const headerLength = 7;
const frameLengthMax = 260;

export function encodeRequest(transaction: number, unit: number, pdu: Pdu): Buffer {
  const frame = encodePdu(pdu, headerLength, 0);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(0, 2);
  frame.writeUInt16BE(frame.length - 6, 4);
  frame[6] = unit;
  return frame;
}

/**
 * The first whole frame of what has come so far, and what is left behind it.
 * @throws {RangeError} if the bytes are not Modbus TCP.
 */
export function splitFrame(received: Buffer): { frame: Buffer; rest: Buffer } | undefined {
  if (received.length < 6) return undefined;
  const protocol = received.readUInt16BE(2);
  const length = 6 + received.readUInt16BE(4);
  if (protocol !== 0) throw new RangeError(`a frame with protocol id ${protocol}, not 0`);
  if (length > frameLengthMax || length < headerLength + 2) {
    throw new RangeError(`a frame of ${length} bytes, not 9 to ${frameLengthMax}`);
  }
  if (received.length < length) return undefined;
  return { frame: received.subarray(0, length), rest: received.subarray(length) };
}

export function decodeReply(frame: Buffer, request: TcpRequest): Reply {
  const transaction = frame.readUInt16BE(0);
  if (transaction !== request.transaction) {
    return { kind: "stranger", why: `transaction ${transaction}, not ${request.transaction}` };
  }
  const unit = frame[6];
  if (unit !== request.unit) {
    return { kind: "malformed", why: `an answer of unit ${unit}, not ${request.unit}` };
  }
  return decodePdu(frame, headerLength, frame.length, request);
}
