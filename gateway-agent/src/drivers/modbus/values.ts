import type { ByteOrder, ValueType } from "@only-mes/protocols/device-map/schema";
import { bitsOfType } from "@only-mes/protocols/device-map/value-types";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";

/** Reads a value at a byte offset of a response. */
export type Decode = (bytes: Buffer, at: number) => MetricValue;

/**
 * Modbus fixes the order of bytes in a register (big-endian) and nothing beyond it: makers swap the
 * words of a long value, the bytes of each word, or both. A is the most significant byte.
 */
export function decoderOf(type: ValueType, order: ByteOrder, length = 0): Decode {
  switch (type) {
    case "bool":
      return (bytes, at) => (bytes[at] ?? 0) !== 0;
    case "int8":
      return (bytes, at) => bytes.readInt8(at + 1);
    case "uint8":
      return (bytes, at) => bytes.readUInt8(at + 1);
    case "int16":
      return (bytes, at) => bytes.readInt16BE(at);
    case "uint16":
      return (bytes, at) => bytes.readUInt16BE(at);
    case "string":
      return (bytes, at) => text(bytes, at, length);
    case "int32":
      return inOrder(order, bitsOfType[type], big.int32, (bytes, at) => bytes.readInt32LE(at));
    case "uint32":
      return inOrder(order, bitsOfType[type], big.uint32, (bytes, at) => bytes.readUInt32LE(at));
    case "float32":
      return inOrder(order, bitsOfType[type], big.float32, (bytes, at) => bytes.readFloatLE(at));
    case "float64":
      return inOrder(order, bitsOfType[type], big.float64, (bytes, at) => bytes.readDoubleLE(at));
    case "int64":
      return inOrder(order, 64, big.int64, (bytes, at) => exact(bytes.readBigInt64LE(at)));
    case "uint64":
      return inOrder(order, 64, big.uint64, (bytes, at) => exact(bytes.readBigUInt64LE(at)));
  }
}

/** One bit of a register, 0 the least significant. */
export function bitOf(bit: number): Decode {
  return (bytes, at) => ((bytes.readUInt16BE(at) >> bit) & 1) === 1;
}

const big = {
  int32: (bytes: Buffer, at: number) => bytes.readInt32BE(at),
  uint32: (bytes: Buffer, at: number) => bytes.readUInt32BE(at),
  float32: (bytes: Buffer, at: number) => bytes.readFloatBE(at),
  float64: (bytes: Buffer, at: number) => bytes.readDoubleBE(at),
  int64: (bytes: Buffer, at: number) => exact(bytes.readBigInt64BE(at)),
  uint64: (bytes: Buffer, at: number) => exact(bytes.readBigUInt64BE(at)),
} satisfies Record<string, Decode>;

/** For swapped orders the bytes are laid out anew in a scratch buffer, and read from there. */
function inOrder(order: ByteOrder, bits: number, bigEndian: Decode, littleEndian: Decode): Decode {
  const width = bits / 8;
  const scratch = Buffer.alloc(width);
  switch (order) {
    case "ABCD":
      return bigEndian;
    case "DCBA":
      return littleEndian;
    case "CDAB":
      return (bytes, at) => {
        for (let word = 0; word < width; word += 2) {
          scratch[word] = bytes[at + width - 2 - word] ?? 0;
          scratch[word + 1] = bytes[at + width - 1 - word] ?? 0;
        }
        return bigEndian(scratch, 0);
      };
    case "BADC":
      return (bytes, at) => {
        for (let word = 0; word < width; word += 2) {
          scratch[word] = bytes[at + word + 1] ?? 0;
          scratch[word + 1] = bytes[at + word] ?? 0;
        }
        return bigEndian(scratch, 0);
      };
  }
}

/** A number where it is exact, a bigint beyond 2^53. */
function exact(value: bigint): number | bigint {
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
}

/** Two characters a register, the first in the high byte; filled up with NUL or spaces. */
function text(bytes: Buffer, at: number, length: number): string {
  const raw = bytes.toString("latin1", at, at + length);
  const end = raw.indexOf("\0");
  return (end < 0 ? raw : raw.slice(0, end)).trimEnd();
}
