import { byteOrders, longOrders, registerOrders, type TagOrder, type ValueType } from "./schema.ts";

/** Bits of a value on the wire; a string has as many as its length says. */
export const bitsOfType: Record<ValueType, number> = {
  bool: 1,
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
  float16: 16,
  float32: 32,
  float64: 64,
  bcd16: 16,
  bcd32: 32,
  bcd64: 64,
  string: 0,
};

const integers: ReadonlySet<ValueType> = new Set<ValueType>([
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
]);

const ofModbus: ReadonlySet<ValueType> = new Set<ValueType>(["float16", "bcd16", "bcd32", "bcd64"]);

/** Ways to write a number into registers that no other protocol has. */
export function isModbusOnly(type: ValueType): boolean {
  return ofModbus.has(type);
}

export function isInteger(type: ValueType): boolean {
  return integers.has(type);
}

/** Modbus registers that a value takes; `length` is that of a string, in characters. */
export function registersOf(type: ValueType, length = 1): number {
  return type === "string" ? Math.ceil(length / 2) : Math.max(1, bitsOfType[type] / 16);
}

/** The orders of bytes that a value can have in Modbus registers; none for a bit. */
export function ordersOf(type: ValueType): readonly TagOrder[] {
  if (type === "bool") return [];
  const bits = bitsOfType[type];
  if (type === "string" || bits <= 16) return registerOrders;
  return bits === 32 ? byteOrders : [...byteOrders, ...longOrders];
}
