import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DataType, VariantArrayType, type DataValue, type Variant } from "node-opcua-client";

/** What a DataValue says, or why it says nothing. */
export type Judged =
  | { readonly value: Value; readonly sourceMs: number | undefined }
  | { readonly value: null; readonly why: string };

type Value = Exclude<MetricValue, null>;

/** Time before 1990 is a clock that was never set. */
const earliestMs = Date.UTC(1990, 0, 1);

export function judge(dataValue: DataValue, type: ValueType | undefined): Judged {
  const { statusCode } = dataValue;
  if (!statusCode.isGood()) return { value: null, why: statusCode.name };
  const value = coerce(dataValue.value, type);
  if (value === undefined) {
    return { value: null, why: `${describe(dataValue.value)} is no ${type ?? "value"}` };
  }
  const sourceMs = dataValue.sourceTimestamp?.getTime();
  return {
    value,
    sourceMs: sourceMs !== undefined && sourceMs > earliestMs ? sourceMs : undefined,
  };
}

const rangeOf: Partial<Record<ValueType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};

function coerce(variant: Variant, type: ValueType | undefined): Value | undefined {
  if (variant.arrayType !== VariantArrayType.Scalar) return undefined;
  const raw = plain(variant);
  switch (type) {
    case undefined:
      return undefined;
    case "bool":
      return typeof raw === "boolean" ? raw : undefined;
    case "string":
      return typeof raw === "string" ? raw : undefined;
    case "float32":
    case "float64":
      return typeof raw === "number" && Number.isFinite(raw) ? raw : undefined;
    case "int64":
    case "uint64":
      return typeof raw === "bigint" || Number.isSafeInteger(raw) ? raw : undefined;
    default: {
      const [least, most] = rangeOf[type] ?? [0, 0];
      return Number.isInteger(raw) && Number(raw) >= least && Number(raw) <= most ? raw : undefined;
    }
  }
}

function plain(variant: Variant): number | bigint | boolean | string | undefined {
  const value: unknown = variant.value;
  switch (variant.dataType) {
    case DataType.Int64:
    case DataType.UInt64: {
      const [high = 0, low = 0] = value as readonly number[];
      const whole = (BigInt(high) << 32n) | BigInt(low);
      const signed = variant.dataType === DataType.Int64 ? BigInt.asIntN(64, whole) : whole;
      const rounded = Number(signed);
      return Number.isSafeInteger(rounded) ? rounded : signed;
    }
    case DataType.LocalizedText:
      return (value as { text?: string | null } | null)?.text ?? undefined;
    default:
      return typeof value === "number" || typeof value === "boolean" || typeof value === "string"
        ? value
        : undefined;
  }
}

function describe(variant: Variant): string {
  const kind = variant.arrayType === VariantArrayType.Scalar ? "" : " array";
  return `a ${DataType[variant.dataType]}${kind}`;
}

/** `undefined` for types that a signal cannot have, such as structures. */
export function valueTypeOf(dataType: DataType): ValueType | undefined {
  switch (dataType) {
    case DataType.Boolean:
      return "bool";
    case DataType.SByte:
      return "int8";
    case DataType.Byte:
      return "uint8";
    case DataType.Int16:
      return "int16";
    case DataType.UInt16:
      return "uint16";
    case DataType.Int32:
      return "int32";
    case DataType.UInt32:
      return "uint32";
    case DataType.Int64:
      return "int64";
    case DataType.UInt64:
      return "uint64";
    case DataType.Float:
      return "float32";
    case DataType.Double:
      return "float64";
    case DataType.String:
    case DataType.LocalizedText:
      return "string";
    default:
      return undefined;
  }
}
