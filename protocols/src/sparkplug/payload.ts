import Long from "long";
import proto from "sparkplug-payload/lib/sparkplugPayloadProto.js";

/**
 * Sparkplug B payloads (specification 3.0, chapter 6) as plain values, over the generated protobuf
 * classes of `sparkplug-payload`: its own decoder takes no metric without a datatype, as data by
 * alias has none, and rounds 64-bit integers.
 */
const { Payload } = proto.org.eclipse.tahu.protobuf;

export const datatypes = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
} as const;

export type Datatype = (typeof datatypes)[keyof typeof datatypes];

/** A 64-bit integer is a bigint where a number would round it. `null` is `is_null`. */
export type MetricValue = number | bigint | boolean | string | null;

export interface Metric {
  name?: string;
  alias?: number;
  /** Milliseconds since 1970-01-01T00:00Z. */
  timestampMs?: number;
  datatype?: number;
  isHistorical?: boolean;
  value: MetricValue;
  properties?: Record<string, Property>;
}

export interface Property {
  type: Datatype;
  value: MetricValue;
}

export interface SparkplugPayload {
  timestampMs?: number;
  /** 0 to 255; NDEATH and commands have none. */
  seq?: number;
  metrics: Metric[];
}

/** The datatype that the birth gave to a metric which now comes without one. */
export type DatatypeOf = (metric: { name?: string; alias?: number }) => number | undefined;

/** @throws {RangeError} for a metric without a supported datatype. */
export function encodePayload(payload: SparkplugPayload): Uint8Array {
  return Payload.encode({
    ...(payload.timestampMs !== undefined && { timestamp: toLong(payload.timestampMs) }),
    ...(payload.seq !== undefined && { seq: payload.seq }),
    metrics: payload.metrics.map(toProtoMetric),
  }).finish();
}

/**
 * @throws {Error} if the bytes are no Sparkplug payload. A metric whose type is neither in it nor
 * known to `datatypeOf` is decoded by the field that it came in, as if unsigned.
 */
export function decodePayload(
  bytes: Uint8Array,
  datatypeOf: DatatypeOf = () => undefined,
): SparkplugPayload {
  const decoded = Payload.decode(bytes);
  const timestampMs = present(decoded, "timestamp") ? toNumber(decoded.timestamp) : undefined;
  return {
    ...(timestampMs !== undefined && { timestampMs }),
    ...(present(decoded, "seq") && { seq: toNumber(decoded.seq) }),
    metrics: decoded.metrics.map((metric) => fromProtoMetric(metric, datatypeOf)),
  };
}

type ProtoMetric = proto.org.eclipse.tahu.protobuf.Payload.IMetric;
type ProtoProperty = proto.org.eclipse.tahu.protobuf.Payload.IPropertyValue;

function toProtoMetric(metric: Metric): ProtoMetric {
  const encoded: ProtoMetric = valueField(metric.datatype, metric.value, metric);
  if (metric.name !== undefined) encoded.name = metric.name;
  if (metric.alias !== undefined) encoded.alias = metric.alias;
  if (metric.timestampMs !== undefined) encoded.timestamp = toLong(metric.timestampMs);
  if (metric.datatype !== undefined) encoded.datatype = metric.datatype;
  if (metric.isHistorical === true) encoded.isHistorical = true;
  if (metric.properties !== undefined) {
    const entries = Object.entries(metric.properties);
    encoded.properties = {
      keys: entries.map(([key]) => key),
      values: entries.map(([key, { type, value }]) => ({
        type,
        ...valueField(type, value, { name: key }),
      })),
    };
  }
  return encoded;
}

interface ValueFields {
  isNull?: boolean;
  intValue?: number;
  longValue?: Long;
  floatValue?: number;
  doubleValue?: number;
  booleanValue?: boolean;
  stringValue?: string;
}

function valueField(
  datatype: number | undefined,
  value: MetricValue,
  metric: { name?: string; alias?: number },
): ValueFields {
  if (value === null) return { isNull: true };
  switch (datatype) {
    case datatypes.Int8:
    case datatypes.Int16:
    case datatypes.Int32:
    case datatypes.UInt8:
    case datatypes.UInt16:
      return { intValue: Number(value) >>> 0 };
    case datatypes.Int64:
    // Eclipse Tahu, and so most of the field, reads UInt32 from the long field only.
    case datatypes.UInt32:
    case datatypes.UInt64:
    case datatypes.DateTime:
      return { longValue: toLong(value as number | bigint) };
    case datatypes.Float:
      return { floatValue: Number(value) };
    case datatypes.Double:
      return { doubleValue: Number(value) };
    case datatypes.Boolean:
      return { booleanValue: Boolean(value) };
    case datatypes.String:
    case datatypes.Text:
      return { stringValue: String(value) };
    default:
      throw new RangeError(
        `metric ${metric.name ?? `alias ${metric.alias}`}: datatype ${datatype} cannot be encoded; ` +
          `supported are ${Object.keys(datatypes).join(", ")}`,
      );
  }
}

function fromProtoMetric(encoded: ProtoMetric, datatypeOf: DatatypeOf): Metric {
  const metric: Metric = { value: null };
  if (present(encoded, "name")) metric.name = encoded.name as string;
  if (present(encoded, "alias")) metric.alias = toNumber(encoded.alias);
  if (present(encoded, "timestamp")) metric.timestampMs = toNumber(encoded.timestamp);
  const datatype = present(encoded, "datatype") ? (encoded.datatype as number) : datatypeOf(metric);
  if (datatype !== undefined) metric.datatype = datatype;
  if (encoded.isHistorical === true) metric.isHistorical = true;
  if (encoded.isNull !== true) metric.value = valueOf(encoded, datatype);
  if (present(encoded, "properties")) metric.properties = fromProtoProperties(encoded);
  return metric;
}

function fromProtoProperties(encoded: ProtoMetric): Record<string, Property> {
  const properties: Record<string, Property> = Object.create(null);
  const values = encoded.properties?.values ?? [];
  encoded.properties?.keys?.forEach((key, index) => {
    const value = values[index];
    if (value === undefined) return;
    const type = value.type ?? datatypes.String;
    properties[key] = {
      type: type as Datatype,
      value: value.isNull === true ? null : valueOf(value, type),
    };
  });
  return properties;
}

function valueOf(encoded: ProtoMetric | ProtoProperty, datatype: number | undefined): MetricValue {
  if (present(encoded, "intValue")) return signed(encoded.intValue as number, datatype);
  if (present(encoded, "longValue")) return signedLong(encoded.longValue, datatype);
  if (present(encoded, "floatValue")) return encoded.floatValue as number;
  if (present(encoded, "doubleValue")) return encoded.doubleValue as number;
  if (present(encoded, "booleanValue")) return encoded.booleanValue as boolean;
  if (present(encoded, "stringValue")) return encoded.stringValue as string;
  return null;
}

function signed(value: number, datatype: number | undefined): number {
  switch (datatype) {
    case datatypes.Int8:
      return (value << 24) >> 24;
    case datatypes.Int16:
      return (value << 16) >> 16;
    case datatypes.Int32:
      return value | 0;
    default:
      return value >>> 0;
  }
}

function signedLong(value: unknown, datatype: number | undefined): number | bigint {
  if (!Long.isLong(value)) return Number(value);
  const long = datatype === datatypes.Int64 ? value.toSigned() : value.toUnsigned();
  const rounded = long.toNumber();
  return Number.isSafeInteger(rounded) ? rounded : BigInt(long.toString());
}

function toLong(value: number | bigint): Long {
  return typeof value === "bigint"
    ? Long.fromString(BigInt.asUintN(64, value).toString(), true)
    : Long.fromNumber(value, value >= 0);
}

function toNumber(value: unknown): number {
  return Long.isLong(value) ? value.toNumber() : Number(value);
}

/** protobufjs answers an absent field with a default from the prototype: only own fields came. */
function present<T extends object>(message: T, field: keyof T): boolean {
  return Object.hasOwn(message, field) && message[field] !== null;
}
