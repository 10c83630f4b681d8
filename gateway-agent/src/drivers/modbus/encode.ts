import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { layoutOf } from "./byte-order.ts";
import type { Form } from "./values.ts";

type Value = Exclude<MetricValue, null>;

/**
 * The registers of a value that is to be written, as bytes on the wire. Of 8 bits the other byte of
 * the register is 0.
 * @returns `undefined` if the type cannot hold the value.
 */
export function encodeValue(form: Form, value: Value): Buffer | undefined {
  const { type, order } = form;
  switch (type) {
    case "bool":
      return undefined;
    case "string":
      return typeof value === "string" ? text(form, value) : undefined;
    case "int8":
    case "uint8": {
      const byte = whole(value, type === "int8" ? -0x80n : 0n, type === "int8" ? 0x7fn : 0xffn);
      if (byte === undefined) return undefined;
      const low = Number(BigInt.asUintN(8, byte));
      return order === "BA" ? Buffer.of(low, 0) : Buffer.of(0, low);
    }
    default: {
      const bytes = bigEndian(type, value);
      if (bytes === undefined) return undefined;
      return onTheWire(bytes, bytes.length === 2 && order !== "BA" ? "AB" : order);
    }
  }
}

type Wide = Exclude<Form["type"], "bool" | "string" | "int8" | "uint8">;

function bigEndian(type: Wide, value: Value): Buffer | undefined {
  switch (type) {
    case "int16":
      return signed(value, 2);
    case "int32":
      return signed(value, 4);
    case "int64":
      return signed(value, 8);
    case "uint16":
      return unsigned(value, 2);
    case "uint32":
      return unsigned(value, 4);
    case "uint64":
      return unsigned(value, 8);
    case "bcd16":
      return digits(value, 2);
    case "bcd32":
      return digits(value, 4);
    case "bcd64":
      return digits(value, 8);
    case "float16":
      return float16(value);
    case "float32": {
      if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) return undefined;
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(value);
      return bytes;
    }
    case "float64": {
      if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value);
      return bytes;
    }
  }
}

function signed(value: Value, width: number): Buffer | undefined {
  const half = 1n << BigInt(width * 8 - 1);
  const number = whole(value, -half, half - 1n);
  return number === undefined ? undefined : bytesOf(BigInt.asUintN(width * 8, number), width);
}

function unsigned(value: Value, width: number): Buffer | undefined {
  const number = whole(value, 0n, (1n << BigInt(width * 8)) - 1n);
  return number === undefined ? undefined : bytesOf(number, width);
}

function digits(value: Value, width: number): Buffer | undefined {
  const number = whole(value, 0n, 10n ** BigInt(width * 2) - 1n);
  return number === undefined
    ? undefined
    : Buffer.from(number.toString().padStart(width * 2, "0"), "hex");
}

function whole(value: Value, least: bigint, most: bigint): bigint | undefined {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
  const number = BigInt(value);
  return number < least || number > most ? undefined : number;
}

function bytesOf(number: bigint, width: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(number);
  return bytes.subarray(8 - width);
}

/** The nearest value of IEEE 754 binary16, ties to even. */
function float16(value: Value): Buffer | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const size = Math.abs(value);
  // From 65,520 on it would round to infinity.
  if (size >= 65_520) return undefined;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const step = 2 ** (exponent - 10);
  // Steps of a subnormal are its bits; a normal one has 1,024 of them before its fraction.
  const bits = size === 0 ? 0 : evenly(size / step) + (exponent + 14) * 1024;
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(bits | (value < 0 || Object.is(value, -0) ? 0x8000 : 0));
  return bytes;
}

function evenly(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor + (floor % 2);
  return rest < 0.5 ? floor : floor + 1;
}

function text({ length = 0, order, fill }: Form, value: string): Buffer | undefined {
  const isWritable = Array.from(value).every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0 && code <= 0xff;
  });
  if (!isWritable || value.length > length) return undefined;
  const bytes = Buffer.alloc(length + (length % 2), fill === "space" ? 0x20 : 0);
  bytes.write(value, "latin1");
  return order === "BA" ? bytes.swap16() : bytes;
}

function onTheWire(bytes: Buffer, order: Form["order"]): Buffer {
  const layout = layoutOf(order, bytes.length as 2 | 4 | 8);
  if (layout === "big") return bytes;
  if (layout === "little") return bytes.reverse();
  const wire = Buffer.alloc(bytes.length);
  layout.forEach((place, byte) => (wire[place] = bytes[byte] ?? 0));
  return wire;
}
