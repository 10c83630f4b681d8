/**
 * What is asked of a Modbus device, and what it answers (MODBUS Application Protocol 1.1b3), without
 * the frame around it. Pure: bytes in, values out.
 */
export interface ReadPdu {
  readonly functionCode: 1 | 2 | 3 | 4;
  readonly first: number;
  readonly count: number;
}

type WritePdu =
  | { readonly functionCode: 5; readonly first: number; readonly bit: boolean }
  /** Registers are bytes as they go over the wire. */
  | { readonly functionCode: 6; readonly first: number; readonly registers: Buffer }
  | { readonly functionCode: 15; readonly first: number; readonly bit: boolean }
  | { readonly functionCode: 16; readonly first: number; readonly registers: Buffer }
  /** Sets the bits of a register that are in `or`, clears those that are in neither, and leaves the rest. */
  | { readonly functionCode: 22; readonly first: number; readonly and: number; readonly or: number }
  /** Writes, and reads back the same registers. */
  | { readonly functionCode: 23; readonly first: number; readonly registers: Buffer };

export type Pdu = ReadPdu | WritePdu;

export type Reply =
  /** Registers as they came, or one byte a bit; nothing of a plain write. */
  | { readonly kind: "values"; readonly bytes: Buffer }
  | { readonly kind: "exception"; readonly exception: number }
  /** An answer to something else: to be left aside. */
  | { readonly kind: "stranger"; readonly why: string }
  /** No such answer can follow from the request: the connection is not to be trusted. */
  | { readonly kind: "malformed"; readonly why: string };

export type Answer = Extract<Reply, { kind: "values" | "exception" }>;

/** Bytes in front of the function code that the frame needs are left free. */
export function encodePdu(pdu: Pdu, before: number, behind: number): Buffer {
  const frame = Buffer.allocUnsafe(before + lengthOf(pdu) + behind);
  frame[before] = pdu.functionCode;
  frame.writeUInt16BE(pdu.first, before + 1);
  const at = before + 3;
  switch (pdu.functionCode) {
    case 1:
    case 2:
    case 3:
    case 4:
      frame.writeUInt16BE(pdu.count, at);
      break;
    case 5:
      frame.writeUInt16BE(pdu.bit ? 0xff00 : 0, at);
      break;
    case 6:
      pdu.registers.copy(frame, at);
      break;
    case 15:
      frame.writeUInt16BE(1, at);
      frame[at + 2] = 1;
      frame[at + 3] = pdu.bit ? 1 : 0;
      break;
    case 16:
      registersInto(frame, at, pdu.registers);
      break;
    case 22:
      frame.writeUInt16BE(pdu.and, at);
      frame.writeUInt16BE(pdu.or, at + 2);
      break;
    case 23:
      frame.writeUInt16BE(pdu.registers.length / 2, at);
      frame.writeUInt16BE(pdu.first, at + 2);
      registersInto(frame, at + 4, pdu.registers);
      break;
  }
  return frame;
}

function lengthOf(pdu: Pdu): number {
  switch (pdu.functionCode) {
    case 15:
      return 7;
    case 16:
      return 6 + pdu.registers.length;
    case 22:
      return 7;
    case 23:
      return 10 + pdu.registers.length;
    default:
      return 5;
  }
}

function registersInto(frame: Buffer, at: number, registers: Buffer): void {
  frame.writeUInt16BE(registers.length / 2, at);
  frame[at + 2] = registers.length;
  registers.copy(frame, at + 3);
}

/** `at` is where the function code stands in the frame, `end` is behind the last byte of the answer. */
export function decodePdu(frame: Buffer, at: number, end: number, pdu: Pdu): Reply {
  const functionCode = frame[at] ?? 0;
  if (functionCode === (pdu.functionCode | 0x80)) {
    if (end - at !== 2) return malformed(`an exception of ${end - at} bytes, not 2`);
    return { kind: "exception", exception: frame[at + 1] ?? 0 };
  }
  if (functionCode !== pdu.functionCode) {
    return malformed(`an answer with function code ${functionCode}, not ${pdu.functionCode}`);
  }
  switch (pdu.functionCode) {
    case 5:
    case 6:
    case 22: {
      const asked = encodePdu(pdu, 0, 0);
      return asked.compare(frame, at, end) === 0 ? nothing : malformed("not what was written");
    }
    case 15:
    case 16: {
      const count = pdu.functionCode === 15 ? 1 : pdu.registers.length / 2;
      const isEcho =
        end - at === 5 &&
        frame.readUInt16BE(at + 1) === pdu.first &&
        frame.readUInt16BE(at + 3) === count;
      return isEcho ? nothing : malformed("not what was written");
    }
    default: {
      const isBits = pdu.functionCode <= 2;
      const expected = dataLengthOf(pdu);
      if (frame[at + 1] !== expected || end - at - 2 !== expected) {
        return malformed(`${end - at - 2} bytes of data, not ${expected}`);
      }
      const bytes = frame.subarray(at + 2, end);
      return { kind: "values", bytes: isBits ? spread(bytes, countOf(pdu)) : bytes };
    }
  }
}

/** Bytes of data in the answer to a request that reads; 0 for one that only writes. */
export function dataLengthOf(pdu: Pdu): number {
  switch (pdu.functionCode) {
    case 1:
    case 2:
      return Math.ceil(pdu.count / 8);
    case 3:
    case 4:
      return pdu.count * 2;
    case 23:
      return pdu.registers.length;
    default:
      return 0;
  }
}

function countOf(pdu: Pdu): number {
  return "count" in pdu ? pdu.count : 0;
}

const nothing: Answer = { kind: "values", bytes: Buffer.alloc(0) };

function malformed(why: string): Reply {
  return { kind: "malformed", why };
}

function spread(packed: Buffer, count: number): Buffer {
  const bits = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; at += 1) bits[at] = ((packed[at >> 3] ?? 0) >> (at & 7)) & 1;
  return bits;
}

/** Where a request reads or writes, base 0, such as `holding:10-13`. */
export function placeOf(pdu: Pdu): string {
  const count = "count" in pdu ? pdu.count : "registers" in pdu ? pdu.registers.length / 2 : 1;
  const end = count > 1 ? `-${pdu.first + count - 1}` : "";
  return `${tables[pdu.functionCode]}:${pdu.first}${end}`;
}

const tables: Record<Pdu["functionCode"], string> = {
  1: "coil",
  2: "discrete",
  3: "holding",
  4: "input",
  5: "coil",
  6: "holding",
  15: "coil",
  16: "holding",
  22: "holding",
  23: "holding",
};

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
