import { datatypes, type Datatype, type MetricValue } from "./payload.ts";

/**
 * The bytes of a DDATA, written once when a sample is stored and sent as they are: a gateway's hot
 * path. The body holds the payload's timestamp and metrics; the Sparkplug sequence, which is another
 * at each sending, is appended by {@link withSeq} (a protobuf's fields may come in any order).
 */
export interface DdataSample {
  alias: number;
  datatype: Datatype;
  /** Source time, milliseconds since 1970-01-01T00:00Z. */
  timestampMs: number;
  /** `null` is a value that could not be read: it is sent as `is_null` with Quality 0. */
  value: MetricValue;
}

export interface DdataDelivery {
  epochAlias: number;
  epoch: number;
  sequenceAlias: number;
  sequence: number;
}

/** Samples must be in time order (tck-id-operational-behavior-data-publish-dbirth-order). */
export function encodeDdataBody(
  gatewayTimeMs: number,
  delivery: DdataDelivery,
  samples: readonly DdataSample[],
): Uint8Array {
  const writer = new BodyWriter(64 + samples.length * 24);
  writer.byte(payloadTimestamp);
  writer.varint(gatewayTimeMs);
  const { UInt64 } = datatypes;
  // Its own two metrics come first, so none of the others may be older.
  const timestampMs = Math.min(gatewayTimeMs, samples[0]?.timestampMs ?? gatewayTimeMs);
  writer.metric({
    alias: delivery.epochAlias,
    datatype: UInt64,
    timestampMs,
    value: delivery.epoch,
  });
  writer.metric({
    alias: delivery.sequenceAlias,
    datatype: UInt64,
    timestampMs,
    value: delivery.sequence,
  });
  for (const sample of samples) writer.metric(sample);
  return writer.finish();
}

/** The whole payload: the body and the Sparkplug sequence of this sending, 0 to 255. */
export function withSeq(body: Uint8Array, seq: number): Uint8Array {
  const tail = seq < 128 ? [payloadSeq, seq] : [payloadSeq, (seq & 127) | 128, seq >> 7];
  const payload = new Uint8Array(body.length + tail.length);
  payload.set(body);
  payload.set(tail, body.length);
  return payload;
}

/** The body with `is_historical` on every metric that is not one of Delivery. */
export function asHistorical(body: Uint8Array, isDelivery: (alias: number) => boolean): Uint8Array {
  const parts = partsOf(body);
  const writer = new BodyWriter(body.length + parts.length * 3);
  for (const part of parts) {
    if (part.alias === undefined || isDelivery(part.alias)) {
      writer.bytes(body.subarray(part.start, part.end));
      continue;
    }
    writer.byte(payloadMetric);
    writer.varint(part.end - part.contentStart + historicalMark.length);
    writer.bytes(body.subarray(part.contentStart, part.end));
    writer.bytes(historicalMark);
  }
  return writer.finish();
}

/** The body without the metrics that `keeps` refuses, and how many those were. */
export function thinned(
  body: Uint8Array,
  keeps: (alias: number) => boolean,
): { body: Uint8Array; removed: number } {
  const parts = partsOf(body);
  const kept = parts.filter(({ alias }) => alias === undefined || keeps(alias));
  const writer = new BodyWriter(body.length);
  for (const { start, end } of kept) writer.bytes(body.subarray(start, end));
  return { body: writer.finish(), removed: parts.length - kept.length };
}

// Field numbers and wire types of sparkplug_b.proto, as the tag bytes that they make.
const payloadTimestamp = 0x08;
const payloadMetric = 0x12;
const payloadSeq = 0x18;
const metricAlias = 0x10;
const metricTimestamp = 0x18;
const metricDatatype = 0x20;
const metricIsNull = 0x38;
const metricInt = 0x50;
const metricLong = 0x58;
const metricFloat = 0x65;
const metricDouble = 0x69;
const metricBoolean = 0x70;
const metricString = 0x7a;
/** is_historical (5) = true */
const historicalMark = Uint8Array.of(0x28, 0x01);
/** properties (9): Quality = Int32 0 */
const badQuality = Buffer.from("4a0f0a075175616c697479120408031800", "hex");

interface BodyPart {
  start: number;
  end: number;
  /** Of a metric: where its own fields begin, and its alias. */
  contentStart: number;
  alias?: number;
}

function partsOf(body: Uint8Array): BodyPart[] {
  const parts: BodyPart[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = body[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  while (at < body.length) {
    const start = at;
    const tag = body[at++];
    if (tag !== payloadMetric) {
      varint();
      parts.push({ start, end: at, contentStart: start });
      continue;
    }
    const length = varint();
    const contentStart = at;
    at += 1;
    const alias = varint();
    at = contentStart + length;
    parts.push({ start, end: at, contentStart, alias });
  }
  return parts;
}

const utf8 = new TextEncoder();

/** A growing buffer. Lengths of metrics are patched in: all but long texts take one byte. */
class BodyWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#at);
    this.#at += values.length;
  }

  /** A non-negative integer up to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    this.#putVarint(value);
  }

  metric({ alias, datatype, timestampMs, value }: DdataSample): void {
    const text = typeof value === "string" ? utf8.encode(value) : undefined;
    this.#reserve(80 + (text?.length ?? 0));
    this.#bytes[this.#at++] = payloadMetric;
    const lengthAt = this.#at++;
    const start = this.#at;
    this.#bytes[this.#at++] = metricAlias;
    this.#putVarint(alias);
    this.#bytes[this.#at++] = metricTimestamp;
    this.#putVarint(timestampMs);
    this.#bytes[this.#at++] = metricDatatype;
    this.#bytes[this.#at++] = datatype;
    if (text === undefined) this.#putValue(datatype, value);
    else this.#putText(text);
    this.#patchLength(lengthAt, start);
  }

  #putValue(datatype: Datatype, value: MetricValue): void {
    if (value === null) {
      this.#bytes[this.#at++] = metricIsNull;
      this.#bytes[this.#at++] = 1;
      this.#bytes.set(badQuality, this.#at);
      this.#at += badQuality.length;
      return;
    }
    switch (datatype) {
      case datatypes.Float:
        this.#bytes[this.#at++] = metricFloat;
        this.#view.setFloat32(this.#at, Number(value), true);
        this.#at += 4;
        return;
      case datatypes.Double:
        this.#bytes[this.#at++] = metricDouble;
        this.#view.setFloat64(this.#at, Number(value), true);
        this.#at += 8;
        return;
      case datatypes.Boolean:
        this.#bytes[this.#at++] = metricBoolean;
        this.#bytes[this.#at++] = value ? 1 : 0;
        return;
      case datatypes.Int64:
      case datatypes.UInt32:
      case datatypes.UInt64:
      case datatypes.DateTime:
        this.#bytes[this.#at++] = metricLong;
        this.#putLong(value as number | bigint);
        return;
      case datatypes.String:
      case datatypes.Text:
        this.#putText(utf8.encode(String(value)));
        return;
      default:
        this.#bytes[this.#at++] = metricInt;
        this.#putVarint(Number(value) >>> 0);
    }
  }

  #putText(text: Uint8Array): void {
    this.#bytes[this.#at++] = metricString;
    this.#putVarint(text.length);
    this.#bytes.set(text, this.#at);
    this.#at += text.length;
  }

  /** Negative numbers as two's complement of 64 bits. */
  #putLong(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      this.#putVarint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  #putVarint(value: number): void {
    let rest = value;
    // Above 31 bits the bit operators would cut the number off.
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #patchLength(lengthAt: number, start: number): void {
    const length = this.#at - start;
    if (length < 128) {
      this.#bytes[lengthAt] = length;
      return;
    }
    const extra = length < 16_384 ? 1 : 2;
    this.#bytes.copyWithin(start + extra, start, this.#at);
    this.#at = lengthAt;
    this.#putVarint(length);
    this.#at += length;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + more));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
