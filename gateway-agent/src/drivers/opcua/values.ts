import type { PathStep } from "@only-mes/protocols/device-map/addresses";
import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DataType, NodeId, StatusCodes, type DataValue, type StatusCode } from "node-opcua-client";
import { partOf, type Part } from "./parts.ts";

/** What a DataValue says, or why it says nothing. */
export type Judged =
  | { readonly value: Value; readonly sourceMs: number | undefined }
  | { readonly value: null; readonly why: string };

type Value = Exclude<MetricValue, null>;

export interface Expectation {
  /** Of the value; `undefined` if neither the map nor the server told. */
  readonly type: ValueType | undefined;
  readonly path: readonly PathStep[];
  /** Whether a value of quality Uncertain is one. */
  readonly takesUncertain: boolean;
}

/** Time before 1990 is a clock that was never set. */
const earliestMs = Date.UTC(1990, 0, 1);

export function judge(dataValue: DataValue, expected: Expectation): Judged {
  const { statusCode } = dataValue;
  if (!isTaken(statusCode, expected.takesUncertain)) return { value: null, why: statusCode.name };
  const part = partOf(dataValue.value, expected.path);
  if (typeof part === "string") return { value: null, why: part };
  const value = coerce(part, expected.type);
  if (value === undefined) {
    return { value: null, why: `${describe(part)} is no ${expected.type ?? "value"}` };
  }
  const sourceMs = dataValue.sourceTimestamp?.getTime();
  return {
    value,
    sourceMs: sourceMs !== undefined && sourceMs > earliestMs ? sourceMs : undefined,
  };
}

/**
 * Uncertain is not Bad (Part 8, 6.3.2): an inaccurate sensor still measures. But what the server only
 * repeats, puts in its place, or never had from the process is not a value of now.
 */
function isTaken(status: StatusCode, takesUncertain: boolean): boolean {
  if (status.isGood()) return true;
  if (status.isBad() || !takesUncertain) return false;
  return !notOfNow.has(status.value & codeBits);
}

/** The upper half is the code; the lower has flags, such as the one for an overflow. */
const codeBits = 0xffff_0000 | 0;

const notOfNow: ReadonlySet<number> = new Set(
  [
    StatusCodes.UncertainNoCommunicationLastUsableValue,
    StatusCodes.UncertainLastUsableValue,
    StatusCodes.UncertainSubstituteValue,
    StatusCodes.UncertainInitialValue,
  ].map(({ value }) => value & codeBits),
);

const rangeOf: Partial<Record<ValueType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};

const wideRangeOf = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** `undefined` if the part has no meaning as a value of that type. */
export function coerce(part: Part, type: ValueType | undefined): Value | undefined {
  if (part.dimensions.length > 0) return undefined;
  const raw = plain(part);
  switch (type) {
    case undefined:
      return undefined;
    case "bool":
      return typeof raw === "boolean" ? raw : undefined;
    case "string":
      return raw instanceof Date ? raw.toISOString() : typeof raw === "string" ? raw : undefined;
    case "float32":
    case "float64":
      return typeof raw === "number" && Number.isFinite(raw) ? raw : undefined;
    case "int64":
    case "uint64": {
      const whole = raw instanceof Date ? raw.getTime() : raw;
      if (typeof whole !== "bigint" && !Number.isSafeInteger(whole)) return undefined;
      const [least, most] = wideRangeOf[type];
      const exact = BigInt(whole as number | bigint);
      return exact >= least && exact <= most ? whole : undefined;
    }
    default: {
      const [least, most] = rangeOf[type] ?? [0, 0];
      return Number.isInteger(raw) && Number(raw) >= least && Number(raw) <= most
        ? (raw as number)
        : undefined;
    }
  }
}

type Plain = number | bigint | boolean | string | Date | undefined;

function plain({ value, dataType }: Part): Plain {
  switch (dataType) {
    case DataType.Int64:
    case DataType.UInt64:
      return wide(value, dataType === DataType.Int64);
    case DataType.LocalizedText:
      return (value as { text?: string | null } | null)?.text ?? undefined;
    case DataType.QualifiedName:
      return (value as { name?: string | null } | null)?.name ?? undefined;
    case DataType.StatusCode:
      return (value as { name?: string } | null)?.name;
    case DataType.NodeId:
    case DataType.ExpandedNodeId:
      return value instanceof NodeId ? value.toString() : undefined;
    case DataType.ByteString:
      return Buffer.isBuffer(value) ? value.toString("base64") : undefined;
    case DataType.DateTime:
      return value instanceof Date && Math.abs(value.getTime()) < latestMs ? value : undefined;
    default:
      return typeof value === "number" || typeof value === "boolean" || typeof value === "string"
        ? value
        : undefined;
  }
}

/** A Date beyond it has no text. */
const latestMs = 8.64e15;

function wide(value: unknown, isSigned: boolean): number | bigint | undefined {
  if (!isPair(value)) return undefined;
  const [high, low] = value;
  const unsigned = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const whole = isSigned ? BigInt.asIntN(64, unsigned) : unsigned;
  const rounded = Number(whole);
  return Number.isSafeInteger(rounded) ? rounded : whole;
}

function isPair(value: unknown): value is [number, number] {
  const pair = value as ArrayLike<unknown> | null;
  return typeof pair?.[0] === "number" && typeof pair[1] === "number";
}

function describe({ dataType, dimensions }: Part): string {
  return `a ${DataType[dataType]}${dimensions.length > 0 ? " array" : ""}`;
}

/** `undefined` for types that a signal cannot have, such as structures. */
export function valueTypeOf(dataType: DataType): ValueType | undefined {
  return valueTypes[dataType];
}

const valueTypes: Partial<Record<DataType, ValueType>> = {
  [DataType.Boolean]: "bool",
  [DataType.SByte]: "int8",
  [DataType.Byte]: "uint8",
  [DataType.Int16]: "int16",
  [DataType.UInt16]: "uint16",
  [DataType.Int32]: "int32",
  [DataType.UInt32]: "uint32",
  [DataType.Int64]: "int64",
  [DataType.UInt64]: "uint64",
  [DataType.Float]: "float32",
  [DataType.Double]: "float64",
  [DataType.String]: "string",
  [DataType.LocalizedText]: "string",
  [DataType.QualifiedName]: "string",
  [DataType.DateTime]: "string",
  [DataType.Guid]: "string",
  [DataType.ByteString]: "string",
  [DataType.NodeId]: "string",
  [DataType.ExpandedNodeId]: "string",
  [DataType.StatusCode]: "string",
};
