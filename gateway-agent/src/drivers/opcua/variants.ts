import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DataType, Variant, VariantArrayType } from "node-opcua-client";

/** A value as the server's type has it; `undefined` if it is none of that type. */
export function variantOf(
  value: Exclude<MetricValue, null>,
  dataType: DataType,
): Variant | undefined {
  const encoded = encode(value, dataType);
  if (encoded === undefined) return undefined;
  // Two halves of 64 bits would look like an array otherwise.
  return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: encoded });
}

function encode(value: Exclude<MetricValue, null>, dataType: DataType): unknown {
  const bits = integerBits[dataType];
  if (bits !== undefined) return integer(value, bits);
  switch (dataType) {
    case DataType.Boolean:
      return typeof value === "boolean" ? value : undefined;
    case DataType.Float:
      return typeof value === "number" && Number.isFinite(Math.fround(value)) ? value : undefined;
    case DataType.Double:
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case DataType.String:
      return typeof value === "string" ? value : undefined;
    case DataType.LocalizedText:
      return typeof value === "string" ? { text: value } : undefined;
    case DataType.DateTime:
      return date(value);
    default:
      return undefined;
  }
}

const integerBits: Partial<Record<DataType, { bits: number; isSigned: boolean }>> = {
  [DataType.SByte]: { bits: 8, isSigned: true },
  [DataType.Byte]: { bits: 8, isSigned: false },
  [DataType.Int16]: { bits: 16, isSigned: true },
  [DataType.UInt16]: { bits: 16, isSigned: false },
  [DataType.Int32]: { bits: 32, isSigned: true },
  [DataType.UInt32]: { bits: 32, isSigned: false },
  [DataType.Int64]: { bits: 64, isSigned: true },
  [DataType.UInt64]: { bits: 64, isSigned: false },
};

function integer(
  value: Exclude<MetricValue, null>,
  { bits, isSigned }: { bits: number; isSigned: boolean },
): number | [number, number] | undefined {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
  const whole = BigInt(value);
  const fitted = isSigned ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole);
  if (fitted !== whole) return undefined;
  if (bits < 64) return Number(whole);
  const unsigned = BigInt.asUintN(64, whole);
  return [Number(unsigned >> 32n), Number(unsigned & 0xffff_ffffn)];
}

/** A text of ISO 8601, or milliseconds since 1970. */
function date(value: Exclude<MetricValue, null>): Date | undefined {
  if (typeof value === "boolean") return undefined;
  const when = new Date(typeof value === "bigint" ? Number(value) : value);
  return Number.isNaN(when.getTime()) ? undefined : when;
}
