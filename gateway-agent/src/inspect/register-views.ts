import {
  longOrders,
  valueTypes,
  type TagOrder,
  type ValueType,
} from "@only-mes/protocols/device-map/schema";
import { bitsOfType, ordersOf } from "@only-mes/protocols/device-map/value-types";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { decoderOf } from "../drivers/modbus/values.ts";

/** One value that registers may mean. */
export interface Meaning {
  /** Place in the range that was read. */
  readonly at: number;
  /** How many registers it takes. */
  readonly registers: number;
  readonly type: ValueType;
  readonly order: TagOrder;
  readonly value: MetricValue;
  /** It looks like something that a machine would say, rather than like half of something else. */
  readonly isLikely: boolean;
}

/** Types of one register, in the order in which they are shown. */
export const shortTypes = valueTypes.filter((type) => bitsOfType[type] === 16);
/** Types of more than one register, whose order is in question. */
export const longTypes = valueTypes.filter((type) => bitsOfType[type] > 16);

/** Every meaning of a type, at every place where it fits. */
export function meaningsOf(bytes: Buffer, type: ValueType): Meaning[] {
  const registers = bytes.length / 2;
  const width = bitsOfType[type] / 16;
  return Array.from({ length: Math.max(0, registers - width + 1) }, (_, at) =>
    probedOrders(type).map((order) => {
      const value = decoderOf({ type, order })(bytes, at * 2);
      return { at, registers: width, type, order, value, isLikely: isLikely(type, value) };
    }),
  ).flat();
}

/** Every order once: of 64 bits the short names say the same as some of the long ones. */
export function probedOrders(type: ValueType): readonly TagOrder[] {
  return bitsOfType[type] === 64 ? longOrders : ordersOf(type);
}

/**
 * Half of one value and half of another make numbers that are huge or next to nothing; so does a
 * value in the wrong order. Small whole numbers and reals of everyday size are what machines say.
 */
function isLikely(type: ValueType, value: MetricValue): boolean {
  if (typeof value !== "number" || value === 0) return false;
  const size = Math.abs(value);
  if (!type.startsWith("float")) return size < 1e7;
  return size >= 1e-4 && size < 1e7;
}

/** As short as the type is exact: a float32 has seven digits. */
export function formatValue(type: ValueType | undefined, value: MetricValue): string {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  if (type === "float16") return String(Number(value.toPrecision(4)));
  if (type === "float32") return String(Number(value.toPrecision(7)));
  return String(value);
}

/** What the two bytes of each register are as characters. */
export function charactersOf(bytes: Buffer, at: number): string {
  const letters = bytes.toString("latin1", at * 2, at * 2 + 2);
  return letters.replaceAll(/[^\u0020-\u007e\u00a1-\u00ff]/g, ".");
}
