import { parseOpcuaAddress, type PathStep } from "@only-mes/protocols/device-map/addresses";
import type { ValueType } from "@only-mes/protocols/device-map/schema";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import {
  BinaryStream,
  DataChangeNotification,
  DataType,
  DataValue,
  MonitoredItemNotification,
  Range,
  StatusCodes,
  Variant,
  VariantArrayType,
} from "node-opcua";
import { newsOf } from "../../../gateway-agent/src/drivers/opcua/notifications.ts";
import { judge } from "../../../gateway-agent/src/drivers/opcua/values.ts";
import { damaged } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";

/** One item of the driver, as the oracle knows it: by the handle that is its name. */
interface Item {
  readonly handle: number;
  readonly type: (typeof types)[number];
  readonly path: readonly PathStep[];
}

/**
 * Notifications of OPC UA, whole and damaged. The library makes objects of the bytes, or refuses; what the
 * driver then takes for the value of an item must be what a second reader finds in the same object.
 */
export const opcuaValues: FuzzTarget = {
  what: "notifications of OPC UA servers, whole and damaged: values, types, paths and handles",
  attempt(random) {
    const items = anyItems(random);
    const sent = anyNotification(items, random);
    const whole = encoded(sent);
    const isWhole = fraction(random) < 0.4;
    const decoded = decodeOrRefuse(isWhole ? whole : Buffer.from(damaged(whole, random)));
    if (decoded === undefined) {
      if (isWhole) throw new Misattributed("a whole notification was refused");
      return "refused";
    }
    const said = decoded.monitoredItems ?? [];
    if (isWhole) demand(said.length, sent.monitoredItems?.length, "items");
    const values = judgeAll(decoded, items, said);
    return values === 0 ? "without a value" : isWhole ? "whole" : "accepted";
  },
};

/** How many good values came out. */
function judgeAll(
  decoded: DataChangeNotification,
  items: ReadonlyMap<number, Item>,
  said: readonly MonitoredItemNotification[],
): number {
  const ours = said.filter(({ clientHandle }) => items.has(clientHandle));
  const news = newsOf([decoded], items);
  demand(news.length, ours.length, "news of known items");
  let values = 0;
  news.forEach((one, at) => {
    const meant = ours[at];
    if (meant === undefined || !("dataValue" in one)) throw new Misattributed("news of nothing");
    demand(one.item.handle, meant.clientHandle, "handle");
    const { type, path } = one.item;
    const judged = judge(one.dataValue, { type, path, takesUncertain: true });
    const expected = secondReading(meant.value, type, path);
    demand(judged.value, expected, `${type} of item ${one.item.handle}`);
    if (judged.value !== null) values += 1;
  });
  return values;
}

const paths = ["", "#[0]", "#[2]", "#[1,1]", "#.Low", "#.high", "#[1].High"] as const;
const types = [
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "string",
] as const;

function anyItems(random: RandomState): Map<number, Item> {
  const count = wholeIn(random, [1, 6]);
  return new Map(
    Array.from({ length: count }, (_, handle) => {
      const path = parseOpcuaAddress(`i=1${oneOf(random, paths)}`)?.path ?? [];
      return [handle, { handle, type: oneOf(random, types), path }];
    }),
  );
}

function anyNotification(
  items: ReadonlyMap<number, Item>,
  random: RandomState,
): DataChangeNotification {
  const monitoredItems = Array.from({ length: wholeIn(random, [1, 5]) }, () => {
    const clientHandle = wholeIn(random, [0, 6]);
    const item = fraction(random) < 0.8 ? items.get(clientHandle) : undefined;
    return {
      clientHandle,
      value: new DataValue({
        value: item === undefined ? anyVariant(random) : variantFor(item, random),
        statusCode: oneOf(random, statuses),
        sourceTimestamp: fraction(random) < 0.8 ? new Date(wholeIn(random, [0, 2 ** 41])) : null,
      }),
    };
  });
  return new DataChangeNotification({ monitoredItems });
}

/** One in which the item's path may well lead to a value of its type. */
function variantFor({ type, path }: Item, random: RandomState): Variant {
  const step = path.at(-1);
  const dataType =
    step !== undefined && "field" in step ? "ExtensionObject" : oneOf(random, suits[type]);
  const elements = path.find((one) => "element" in one)?.element.length ?? 0;
  return variantOf(dataType, elements === 0 ? [] : elements === 1 ? [3] : [2, 3], random);
}

const suits = {
  bool: ["Boolean"],
  int8: ["SByte", "Byte", "Int16"],
  uint8: ["Byte", "UInt32"],
  int16: ["Int16", "SByte", "Double"],
  uint32: ["UInt32", "Int64"],
  int64: ["Int64", "UInt64", "Int16", "DateTime"],
  uint64: ["UInt64", "Int64", "UInt32"],
  float32: ["Float", "Double", "Int16"],
  float64: ["Double", "Float", "UInt64"],
  string: ["String", "LocalizedText", "DateTime"],
} as const satisfies Partial<Record<ValueType, readonly [Simple, ...Simple[]]>>;

const statuses = [
  StatusCodes.Good,
  StatusCodes.Good,
  StatusCodes.GoodLocalOverride,
  StatusCodes.UncertainSensorNotAccurate,
  StatusCodes.UncertainLastUsableValue,
  StatusCodes.BadSensorFailure,
] as const;

function anyVariant(random: RandomState): Variant {
  const dataType = oneOf(random, Object.keys(anyOf) as [Simple, ...Simple[]]);
  const shape = wholeIn(random, [0, 4]);
  const dimensions = shape < 3 ? [] : shape === 3 ? [wholeIn(random, [0, 4])] : [2, 2];
  return variantOf(dataType, dimensions, random);
}

function variantOf(dataType: Simple, dimensions: readonly number[], random: RandomState): Variant {
  const one = () => anyOf[dataType](random);
  const length = dimensions.reduce((product, size) => product * size, 1);
  const value = dimensions.length === 0 ? one() : Array.from({ length }, one);
  return new Variant({
    dataType: DataType[dataType],
    arrayType: shapes[dimensions.length] ?? VariantArrayType.Matrix,
    ...(dimensions.length > 1 && { dimensions: [...dimensions] }),
    value,
  });
}

const shapes = [VariantArrayType.Scalar, VariantArrayType.Array];

type Simple = keyof typeof anyOf;

const anyOf = {
  Boolean: (random: RandomState) => fraction(random) < 0.5,
  SByte: (random: RandomState) => wholeIn(random, [-128, 127]),
  Byte: (random: RandomState) => wholeIn(random, [0, 255]),
  Int16: (random: RandomState) => wholeIn(random, [-32_768, 32_767]),
  UInt32: (random: RandomState) => wholeIn(random, [0, 4_294_967_295]),
  Int64: (random: RandomState) => halves(random),
  UInt64: (random: RandomState) => halves(random),
  Float: (random: RandomState) => Math.fround(fraction(random) * 1000),
  Double: (random: RandomState) => oneOf(random, [0, -0, 1e308, Number.NaN, Infinity, 0.1]),
  String: (random: RandomState) => oneOf(random, ["", "Größe", "a\0b", "x".repeat(99)]),
  DateTime: (random: RandomState) => new Date(wholeIn(random, [0, 2 ** 42]) - 2 ** 41),
  LocalizedText: (random: RandomState) => ({ text: oneOf(random, ["", "zu", "offen"]) }),
  ExtensionObject: (random: RandomState) =>
    new Range({ low: fraction(random), high: wholeIn(random, [0, 9]) }),
} as const;

function halves(random: RandomState): [number, number] {
  const half = () => oneOf(random, [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]);
  return [half(), half()];
}

function encoded(notification: DataChangeNotification): Buffer {
  const stream = new BinaryStream(Buffer.alloc(64 * 1024));
  notification.encode(stream);
  return Buffer.from(stream.buffer.subarray(0, stream.length));
}

/** The library's own refusals are of all kinds; where it refuses, its connection ends. */
function decodeOrRefuse(bytes: Buffer): DataChangeNotification | undefined {
  const notification = new DataChangeNotification();
  const { warn, log, error } = console;
  const quiet = () => undefined;
  try {
    Object.assign(console, { warn: quiet, log: quiet, error: quiet });
    notification.decode(new BinaryStream(bytes));
    return notification;
  } catch {
    return undefined;
  } finally {
    Object.assign(console, { warn, log, error });
  }
}

/** What an object says, read a second time: by what the value is, not by what was declared. */
function secondReading(
  { statusCode, value: variant }: DataValue,
  type: ValueType,
  path: readonly PathStep[],
): unknown {
  const severity = statusCode.value >>> 30;
  const isOld = [0x4090, 0x408f, 0x4091, 0x4092].includes(statusCode.value >>> 16);
  if (severity >= 2 || (severity === 1 && isOld)) return null;
  const inner = follow(variant, path);
  return inner === undefined ? null : (asType(inner.value, inner.dataType, type) ?? null);
}

function follow(
  variant: Variant,
  path: readonly PathStep[],
): { value: unknown; dataType: DataType } | undefined {
  let { value, dataType } = variant as { value: unknown; dataType: DataType };
  let sizes =
    variant.arrayType === VariantArrayType.Scalar
      ? []
      : variant.arrayType === VariantArrayType.Matrix && variant.dimensions
        ? [...variant.dimensions]
        : [(value as ArrayLike<unknown> | null)?.length ?? 0];
  for (const step of path) {
    if ("field" in step) {
      if (sizes.length > 0 || dataType !== DataType.ExtensionObject) return undefined;
      const known = new Map([
        ["Low", "low"],
        ["low", "low"],
        ["High", "high"],
        ["high", "high"],
      ]);
      const key = known.get(step.field);
      if (!(value instanceof Range) || key === undefined) return undefined;
      value = key === "low" ? value.low : value.high;
      dataType = DataType.Double;
      continue;
    }
    if (sizes.length === 0 || sizes.length !== step.element.length) return undefined;
    if (step.element.some((index, at) => index >= (sizes[at] ?? 0))) return undefined;
    const place = step.element.reduce((sum, index, at) => sum * (sizes[at] ?? 0) + index, 0);
    value = (value as ArrayLike<unknown>)[place];
    if (value === undefined) return undefined;
    sizes = [];
  }
  return sizes.length > 0 ? undefined : { value, dataType };
}

const bounds: Partial<Record<ValueType, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  uint8: [0n, 255n],
  int16: [-32_768n, 32_767n],
  uint32: [0n, 0xffff_ffffn],
  int64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  uint64: [0n, 0xffff_ffff_ffff_ffffn],
};

function asType(value: unknown, dataType: DataType, type: ValueType): unknown {
  const whole = wholeNumber(value, dataType, type.endsWith("64"));
  if (type === "bool") return typeof value === "boolean" ? value : undefined;
  if (type === "string") return textIn(value, dataType);
  if (type === "float32" || type === "float64") {
    const number = typeof whole === "bigint" && isWide(dataType) ? Number(whole) : value;
    if (isWide(dataType) && !Number.isSafeInteger(number)) return undefined;
    return isNumeric(dataType) && Number.isFinite(number) ? number : undefined;
  }
  const [least, most] = bounds[type] ?? [0n, 0n];
  if (whole === undefined || whole < least || whole > most) return undefined;
  const narrow = Number(whole);
  if (!Number.isSafeInteger(narrow)) return type.endsWith("64") ? whole : undefined;
  return Object.is(value, -0) ? -0 : narrow;
}

function isWide(dataType: DataType): boolean {
  return dataType === DataType.Int64 || dataType === DataType.UInt64;
}

function isNumeric(dataType: DataType): boolean {
  return (dataType >= DataType.SByte && dataType <= DataType.Double) || dataType === DataType.Null;
}

function wholeNumber(value: unknown, dataType: DataType, isWanted64: boolean): bigint | undefined {
  // A time is its milliseconds since 1970, where the map wants 64 bits of it.
  if (dataType === DataType.DateTime) {
    const ms = value instanceof Date && isWanted64 ? value.getTime() : Number.NaN;
    return Number.isNaN(ms) ? undefined : BigInt(ms);
  }
  if (isWide(dataType)) {
    const [high, low] = value as [number, number];
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setUint32(0, high);
    bytes.setUint32(4, low);
    return dataType === DataType.Int64 ? bytes.getBigInt64(0) : bytes.getBigUint64(0);
  }
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function textIn(value: unknown, dataType: DataType): unknown {
  switch (dataType) {
    case DataType.LocalizedText:
      return (value as { text?: string | null } | null)?.text ?? undefined;
    case DataType.QualifiedName:
      return (value as { name?: string | null } | null)?.name ?? undefined;
    case DataType.StatusCode:
      return (value as { name?: string } | null)?.name;
    case DataType.NodeId:
    case DataType.ExpandedNodeId:
      return (value as { toString(): string } | null)?.toString();
    case DataType.ByteString:
      return Buffer.isBuffer(value) ? value.toString("base64") : undefined;
    case DataType.DateTime:
      return value instanceof Date && !Number.isNaN(value.getTime())
        ? value.toISOString()
        : undefined;
    default:
      return typeof value === "string" ? value : undefined;
  }
}
