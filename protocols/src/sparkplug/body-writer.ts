import { datatypes, type Datatype, type MetricValue } from "./payload.ts";

/** Field numbers and wire types of sparkplug_b.proto, as the tag bytes that they make. */
export const wire = {
  payloadTimestamp: 0x08,
  payloadMetric: 0x12,
  payloadSeq: 0x18,
  metricAlias: 0x10,
  metricTimestamp: 0x18,
  metricDatatype: 0x20,
  metricIsNull: 0x38,
  metricInt: 0x50,
  metricLong: 0x58,
  metricFloat: 0x65,
  metricDouble: 0x69,
  metricBoolean: 0x70,
  metricString: 0x7a,
} as const;

/** properties (9): Quality = Int32 0 */
const badQuality = Buffer.from("4a0f0a075175616c697479120408031800", "hex");
/** More than any metric but a text takes. */
const metricLengthMax = 80;

const utf8 = new TextEncoder();

/** A growing buffer. Lengths of metrics are patched in: all but long texts take one byte. */
export class BodyWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;
  #timeMs = Number.NaN;
  #timeLength = 0;
  readonly #time = new Uint8Array(10);

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was written so far; it is overwritten after {@link clear}. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  clear(): void {
    this.#at = 0;
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

  /** @throws {Error} for a value that its datatype cannot hold; then nothing was written. */
  metric(alias: number, datatype: Datatype, timestampMs: number, value: MetricValue): void {
    const from = this.#at;
    try {
      this.#putMetric(alias, datatype, timestampMs, value);
    } catch (error) {
      this.#at = from;
      throw error;
    }
  }

  #putMetric(alias: number, datatype: Datatype, timestampMs: number, value: MetricValue): void {
    const text = typeof value === "string" ? utf8.encode(value) : undefined;
    this.#reserve(metricLengthMax + (text?.length ?? 0));
    this.#bytes[this.#at++] = wire.payloadMetric;
    const lengthAt = this.#at++;
    const start = this.#at;
    this.#bytes[this.#at++] = wire.metricAlias;
    this.#putVarint(alias);
    this.#bytes[this.#at++] = wire.metricTimestamp;
    this.#putTime(timestampMs);
    this.#bytes[this.#at++] = wire.metricDatatype;
    this.#bytes[this.#at++] = datatype;
    if (text === undefined) this.#putValue(datatype, value);
    else this.#putText(text);
    this.#patchLength(lengthAt, start);
  }

  /** Most samples have the time of the one before. */
  #putTime(timestampMs: number): void {
    if (timestampMs !== this.#timeMs) {
      const from = this.#at;
      this.#putVarint(timestampMs);
      this.#timeMs = timestampMs;
      this.#timeLength = this.#at - from;
      for (let index = 0; index < this.#timeLength; index += 1) {
        this.#time[index] = this.#bytes[from + index] ?? 0;
      }
      return;
    }
    for (let index = 0; index < this.#timeLength; index += 1) {
      this.#bytes[this.#at + index] = this.#time[index] ?? 0;
    }
    this.#at += this.#timeLength;
  }

  #putValue(datatype: Datatype, value: MetricValue): void {
    if (value === null) {
      this.#bytes[this.#at++] = wire.metricIsNull;
      this.#bytes[this.#at++] = 1;
      this.#bytes.set(badQuality, this.#at);
      this.#at += badQuality.length;
      return;
    }
    switch (datatype) {
      case datatypes.Float:
        this.#bytes[this.#at++] = wire.metricFloat;
        this.#view.setFloat32(this.#at, Number(value), true);
        this.#at += 4;
        return;
      case datatypes.Double:
        this.#bytes[this.#at++] = wire.metricDouble;
        this.#view.setFloat64(this.#at, Number(value), true);
        this.#at += 8;
        return;
      case datatypes.Boolean:
        this.#bytes[this.#at++] = wire.metricBoolean;
        this.#bytes[this.#at++] = value ? 1 : 0;
        return;
      case datatypes.Int64:
      case datatypes.UInt32:
      case datatypes.UInt64:
      case datatypes.DateTime:
        this.#bytes[this.#at++] = wire.metricLong;
        this.#putLong(value as number | bigint);
        return;
      case datatypes.String:
      case datatypes.Text:
        this.#putText(utf8.encode(String(value)));
        return;
      default:
        this.#bytes[this.#at++] = wire.metricInt;
        this.#putVarint(Number(value) >>> 0);
    }
  }

  #putText(text: Uint8Array): void {
    this.#bytes[this.#at++] = wire.metricString;
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
