import type { Block } from "../../../gateway-agent/src/drivers/modbus/plan.ts";
import type { ModbusTable } from "@only-mes/protocols/device-map/addresses";
import type { ByteOrder, Tag, TagOrder } from "@only-mes/protocols/device-map/schema";

/** A device whose every register is a hash of its place and of a nonce: two requests never see the same. */
export interface Memory {
  readonly nonce: number;
}

const tableNumber: Record<ModbusTable, number> = { holding: 1, input: 2, coil: 3, discrete: 4 };

function wordAt(memory: Memory, table: ModbusTable, address: number): number {
  let hash = Math.imul(memory.nonce ^ (tableNumber[table] << 20) ^ address, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) & 0xffff;
}

/** The data of an honest answer: registers big-endian, bits packed from the lowest. */
export function honestBytes({ table, first, count }: Block, memory: Memory): Buffer {
  if (table === "coil" || table === "discrete") {
    const packed = Buffer.alloc(Math.ceil(count / 8));
    for (let at = 0; at < count; at += 1) {
      const bit = wordAt(memory, table, first + at) & 1;
      packed[at >> 3] = (packed[at >> 3] ?? 0) | (bit << (at & 7));
    }
    return packed;
  }
  const words = Buffer.alloc(count * 2);
  for (let at = 0; at < count; at += 1)
    words.writeUInt16BE(wordAt(memory, table, first + at), at * 2);
  return words;
}

/** The value of a tag, by another way than the decoders': bytes put into order, then a DataView. */
export function expectedValue(tag: Tag, memory: Memory): number | bigint | boolean | null {
  const [place = "", bit] = tag.address.split(".");
  const [table, first] = place.split(":") as [ModbusTable, string];
  const word = wordAt(memory, table, Number(first));
  if (bit !== undefined) return (word & (1 << Number(bit))) !== 0;
  if (tag.type === "bool") return (word & 1) === 1;
  const size = Math.max(2, Number(/\d+$/.exec(tag.type ?? "")?.[0]) / 8);
  const view = new DataView(new ArrayBuffer(size));
  for (let at = 0; at < size; at += 1) {
    const from = placeOf(tag.order ?? "ABCD", at, size);
    const ofWord = wordAt(memory, table, Number(first) + (from >> 1));
    view.setUint8(at, from % 2 === 0 ? ofWord >> 8 : ofWord & 0xff);
  }
  return read(view, tag.type);
}

/** Where on the wire the byte of a rank is, 0 the most significant. */
function placeOf(order: TagOrder, rank: number, size: number): number {
  if (order.length === size) return order.indexOf(String.fromCharCode(0x41 + rank));
  return order.length === 4 ? wireOrders[order as ByteOrder](rank, size) : rank;
}

const wireOrders: Record<ByteOrder, (rank: number, size: number) => number> = {
  ABCD: (rank) => rank,
  DCBA: (rank, size) => size - 1 - rank,
  BADC: (rank) => rank ^ 1,
  CDAB: (rank, size) => (size - 2 - (rank & ~1)) | (rank & 1),
};

function read(view: DataView, type: Tag["type"]): number | bigint | null {
  switch (type) {
    case "int8":
      return view.getInt8(1);
    case "uint8":
      return view.getUint8(1);
    case "int16":
      return view.getInt16(0);
    case "uint16":
      return view.getUint16(0);
    case "int32":
      return view.getInt32(0);
    case "uint32":
      return view.getUint32(0);
    case "float32":
      return view.getFloat32(0);
    case "float64":
      return view.getFloat64(0);
    case "int64":
      return exact(view.getBigInt64(0));
    case "uint64":
      return exact(view.getBigUint64(0));
    case "float16":
      return half(view.getUint16(0).toString(2).padStart(16, "0"));
    case "bcd16":
    case "bcd32":
    case "bcd64":
      return decimal(Buffer.from(view.buffer).toString("hex"));
    default:
      throw new Error(`no oracle for ${type}`);
  }
}

/** By the digits of the value in base 2. */
function half(bits: string): number {
  const sign = bits.startsWith("1") ? -1 : 1;
  const exponent = Number.parseInt(bits.slice(1, 6), 2);
  const fraction = Number.parseInt(bits.slice(6), 2) / 1024;
  if (exponent === 31) return fraction === 0 ? sign / 0 : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

/** In BCD the hexadecimal digits are the decimal ones. */
function decimal(digits: string): number | bigint | null {
  return /^\d+$/.test(digits) ? exact(BigInt(digits)) : null;
}

function exact(whole: bigint): number | bigint {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return whole <= most && whole >= -most ? Number(whole) : whole;
}
