import type { StringFill, TagOrder, ValueType } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { layoutOf } from "./byte-order.ts";

/** Reads a value at a byte offset of a response; `null` if the bytes are no such value. */
export type Decode = (bytes: Buffer, at: number) => MetricValue;

/** How a value stands in registers. */
export interface Form {
  readonly type: ValueType;
  /** A default of the device, of four letters, says nothing of up to 16 bits. */
  readonly order: TagOrder;
  /** Of strings: characters, and what stands behind them. */
  readonly length?: number | undefined;
  readonly fill?: StringFill | undefined;
}

export function decoderOf(form: Form): Decode {
  const { type, order, length = 0, fill } = form;
  const isSwapped = order === "BA";
  switch (type) {
    case "bool":
      return (bytes, at) => (bytes[at] ?? 0) !== 0;
    case "int8":
      return isSwapped ? (bytes, at) => bytes.readInt8(at) : (bytes, at) => bytes.readInt8(at + 1);
    case "uint8":
      return isSwapped
        ? (bytes, at) => bytes.readUInt8(at)
        : (bytes, at) => bytes.readUInt8(at + 1);
    case "int16":
      return isSwapped ? (bytes, at) => bytes.readInt16LE(at) : big.int16;
    case "uint16":
      return isSwapped ? (bytes, at) => bytes.readUInt16LE(at) : big.uint16;
    case "float16":
      return isSwapped
        ? (bytes, at) => float16(bytes.readUInt16LE(at))
        : (bytes, at) => float16(bytes.readUInt16BE(at));
    case "bcd16":
      return ordered(isSwapped ? "BA" : "AB", 2, bcd(2));
    case "string":
      return isSwapped
        ? (bytes, at) => cut(swapped(bytes, at, length), fill)
        : (bytes, at) => cut(bytes.toString("latin1", at, at + length), fill);
    case "int32":
      return ordered(order, 4, big.int32, (bytes, at) => bytes.readInt32LE(at));
    case "uint32":
      return ordered(order, 4, big.uint32, (bytes, at) => bytes.readUInt32LE(at));
    case "float32":
      return ordered(order, 4, big.float32, (bytes, at) => bytes.readFloatLE(at));
    case "bcd32":
      return ordered(order, 4, bcd(4));
    case "float64":
      return ordered(order, 8, big.float64, (bytes, at) => bytes.readDoubleLE(at));
    case "int64":
      return ordered(order, 8, big.int64, (bytes, at) => exact(bytes.readBigInt64LE(at)));
    case "uint64":
      return ordered(order, 8, big.uint64, (bytes, at) => exact(bytes.readBigUInt64LE(at)));
    case "bcd64":
      return ordered(order, 8, bcd(8));
  }
}

/** One bit of a register, 0 the least significant. */
export function bitOf(bit: number): Decode {
  return (bytes, at) => ((bytes.readUInt16BE(at) >> bit) & 1) === 1;
}

const big = {
  int16: (bytes: Buffer, at: number) => bytes.readInt16BE(at),
  uint16: (bytes: Buffer, at: number) => bytes.readUInt16BE(at),
  int32: (bytes: Buffer, at: number) => bytes.readInt32BE(at),
  uint32: (bytes: Buffer, at: number) => bytes.readUInt32BE(at),
  float32: (bytes: Buffer, at: number) => bytes.readFloatBE(at),
  float64: (bytes: Buffer, at: number) => bytes.readDoubleBE(at),
  int64: (bytes: Buffer, at: number) => exact(bytes.readBigInt64BE(at)),
  uint64: (bytes: Buffer, at: number) => exact(bytes.readBigUInt64BE(at)),
} satisfies Record<string, Decode>;

/** For swapped orders the bytes are laid out anew in a scratch buffer, and read from there. */
function ordered(order: TagOrder, width: 2 | 4 | 8, read: Decode, readLittle?: Decode): Decode {
  const layout = layoutOf(order, width);
  if (layout === "big") return read;
  if (layout === "little" && readLittle !== undefined) return readLittle;
  const places =
    layout === "little" ? Array.from({ length: width }, (_, byte) => width - 1 - byte) : layout;
  const scratch = Buffer.alloc(width);
  return (bytes, at) => {
    for (let byte = 0; byte < width; byte += 1) {
      scratch[byte] = bytes[at + (places[byte] ?? 0)] ?? 0;
    }
    return read(scratch, 0);
  };
}

/** A number where it is exact, a bigint beyond 2^53. */
function exact(value: bigint): number | bigint {
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
}

/** IEEE 754 binary16. */
function float16(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Two decimal digits a byte; any other nibble is no value. */
function bcd(width: number): Decode {
  return (bytes, at) => {
    let value = 0;
    let low = 0;
    for (let byte = 0; byte < width; byte += 1) {
      const packed = bytes[at + byte] ?? 0;
      if (packed >> 4 > 9 || (packed & 0xf) > 9) return null;
      const digits = (packed >> 4) * 10 + (packed & 0xf);
      // Sixteen digits are more than a number holds exactly: the lower eight are kept apart.
      if (byte < 4) value = value * 100 + digits;
      else low = low * 100 + digits;
    }
    return width <= 4 ? value : exact(BigInt(value) * 100_000_000n + BigInt(low));
  };
}

/** Two characters a register, the first in the high byte. */
function cut(raw: string, fill: StringFill | undefined): string {
  if (fill === "space") return raw.replace(/ +$/, "");
  const end = raw.indexOf("\0");
  const text = end < 0 ? raw : raw.slice(0, end);
  return fill === "nul" ? text : text.trimEnd();
}

/** The same with the first character in the low byte. */
function swapped(bytes: Buffer, at: number, length: number): string {
  const whole = Buffer.from(bytes.subarray(at, at + length + (length % 2)));
  return whole.swap16().toString("latin1", 0, length);
}
