/**
 * Modbus TCP frames (MODBUS Messaging on TCP/IP 1.0b, MODBUS Application Protocol 1.1b3). Pure: bytes
 * in, values out. Each request has a transaction id of 16 bits, so that a late reply finds no taker.
 */
export interface ReadRequest {
  readonly transaction: number;
  readonly unit: number;
  readonly functionCode: 1 | 2 | 3 | 4;
  readonly first: number;
  readonly count: number;
}

export type Reply =
  /** Registers as they came, or one byte a bit. */
  | { readonly kind: "values"; readonly bytes: Buffer }
  | { readonly kind: "exception"; readonly exception: number }
  /** An answer to something else: to be left aside. */
  | { readonly kind: "stranger"; readonly why: string }
  /** No such answer can follow from the request: the connection is not to be trusted. */
  | { readonly kind: "malformed"; readonly why: string };

const headerLength = 7;
const frameLengthMax = 260;

export function encodeRead({ transaction, unit, functionCode, first, count }: ReadRequest): Buffer {
  const frame = Buffer.allocUnsafe(12);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(0, 2);
  frame.writeUInt16BE(6, 4);
  frame[6] = unit;
  frame[7] = functionCode;
  frame.writeUInt16BE(first, 8);
  frame.writeUInt16BE(count, 10);
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

export function decodeReply(frame: Buffer, request: ReadRequest): Reply {
  const transaction = frame.readUInt16BE(0);
  const unit = frame[6];
  const functionCode = frame[7] ?? 0;
  if (transaction !== request.transaction) {
    return { kind: "stranger", why: `transaction ${transaction}, not ${request.transaction}` };
  }
  if (unit !== request.unit) {
    return { kind: "malformed", why: `an answer of unit ${unit}, not ${request.unit}` };
  }
  if (functionCode === (request.functionCode | 0x80)) {
    return { kind: "exception", exception: frame[8] ?? 0 };
  }
  if (functionCode !== request.functionCode) {
    return {
      kind: "malformed",
      why: `an answer with function code ${functionCode}, not ${request.functionCode}`,
    };
  }
  const isBits = request.functionCode <= 2;
  const expected = isBits ? Math.ceil(request.count / 8) : request.count * 2;
  const bytes = frame.subarray(headerLength + 2);
  if (frame[8] !== expected || bytes.length !== expected) {
    return { kind: "malformed", why: `${bytes.length} bytes of data, not ${expected}` };
  }
  return { kind: "values", bytes: isBits ? spread(bytes, request.count) : bytes };
}

function spread(packed: Buffer, count: number): Buffer {
  const bits = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; at += 1) bits[at] = ((packed[at >> 3] ?? 0) >> (at & 7)) & 1;
  return bits;
}

/** What an exception code says (MODBUS Application Protocol 1.1b3, chapter 7). */
export function exceptionText(exception: number): string {
  return `exception ${exception} (${exceptionNames[exception] ?? "not in the standard"})`;
}

const exceptionNames: Record<number, string> = {
  1: "illegal function",
  2: "illegal data address",
  3: "illegal data value",
  4: "server device failure",
  5: "acknowledge",
  6: "server device busy",
  8: "memory parity error",
  10: "gateway path unavailable",
  11: "gateway target device failed to respond",
};
