import { BodyWriter, wire } from "./body-writer.ts";
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

/** One DDATA of these samples; see {@link DdataBatch}. */
export function encodeDdataBody(
  gatewayTimeMs: number,
  delivery: DdataDelivery,
  samples: readonly DdataSample[],
): Uint8Array {
  const batch = new DdataBatch();
  for (const { alias, datatype, timestampMs, value } of samples) {
    batch.add(alias, datatype, timestampMs, value);
  }
  return batch.body(gatewayTimeMs, delivery);
}

/**
 * The samples of one DDATA to be: each is encoded when it comes, and nothing else is kept of it. A batch
 * may be used again after {@link clear}, and then takes no new memory.
 */
export class DdataBatch {
  readonly #writer = new BodyWriter(firstCapacity);
  #samples = 0;
  #firstMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isInOrder = true;

  get samples(): number {
    return this.#samples;
  }

  /** @throws {Error} for a value that its datatype cannot hold; the batch is as it was. */
  add(alias: number, datatype: Datatype, timestampMs: number, value: MetricValue): void {
    this.#writer.metric(alias, datatype, timestampMs, value);
    if (this.#samples === 0) this.#firstMs = timestampMs;
    else if (timestampMs < this.#lastMs) this.#isInOrder = false;
    this.#lastMs = timestampMs;
    this.#samples += 1;
  }

  /**
   * The payload but for its Sparkplug sequence; samples in time order, what came first of equal times first
   * (tck-id-operational-behavior-data-publish-dbirth-order).
   */
  body(gatewayTimeMs: number, delivery: DdataDelivery): Uint8Array {
    if (!this.#isInOrder) this.#sort();
    const samples = this.#writer.written();
    const writer = new BodyWriter(headCapacity + samples.length);
    writer.byte(wire.payloadTimestamp);
    writer.varint(gatewayTimeMs);
    const { UInt64 } = datatypes;
    // Its own two metrics come first, so none of the others may be older.
    const timestampMs =
      this.#samples === 0 ? gatewayTimeMs : Math.min(gatewayTimeMs, this.#firstMs);
    writer.metric(delivery.epochAlias, UInt64, timestampMs, delivery.epoch);
    writer.metric(delivery.sequenceAlias, UInt64, timestampMs, delivery.sequence);
    writer.bytes(samples);
    return writer.written();
  }

  clear(): void {
    this.#writer.clear();
    this.#samples = 0;
    this.#isInOrder = true;
  }

  #sort(): void {
    const bytes = this.#writer.written().slice();
    const parts = partsOf(bytes).sort((a, b) => a.timestampMs - b.timestampMs);
    this.#writer.clear();
    for (const { start, end } of parts) this.#writer.bytes(bytes.subarray(start, end));
    this.#firstMs = parts[0]?.timestampMs ?? 0;
    this.#lastMs = parts.at(-1)?.timestampMs ?? 0;
    this.#isInOrder = true;
  }
}

const firstCapacity = 1024;
/** The payload's time, and the metrics of Delivery. */
const headCapacity = 256;

/** The whole payload: the body and the Sparkplug sequence of this sending, 0 to 255. */
export function withSeq(body: Uint8Array, seq: number): Uint8Array {
  const tail = seq < 128 ? [wire.payloadSeq, seq] : [wire.payloadSeq, (seq & 127) | 128, seq >> 7];
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
    writer.byte(wire.payloadMetric);
    writer.varint(part.end - part.contentStart + historicalMark.length);
    writer.bytes(body.subarray(part.contentStart, part.end));
    writer.bytes(historicalMark);
  }
  return writer.written();
}

/** The body without the metrics that `keeps` refuses; how many those were, and of which times. */
export function thinned(body: Uint8Array, keeps: (alias: number) => boolean): Thinned {
  const writer = new BodyWriter(body.length);
  let removed = 0;
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { start, end, alias, timestampMs } of partsOf(body)) {
    if (alias === undefined || keeps(alias)) {
      writer.bytes(body.subarray(start, end));
      continue;
    }
    removed += 1;
    fromMs = Math.min(fromMs, timestampMs);
    toMs = Math.max(toMs, timestampMs);
  }
  return { body: writer.written(), removed, fromMs, toMs };
}

interface Thinned {
  readonly body: Uint8Array;
  readonly removed: number;
  /** Of the first and the last that were removed; of no meaning if none was. */
  readonly fromMs: number;
  readonly toMs: number;
}

interface BodyPart {
  start: number;
  end: number;
  /** Of a metric: where its own fields begin, and its alias. */
  contentStart: number;
  alias?: number;
  timestampMs: number;
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
    if (tag !== wire.payloadMetric) {
      varint();
      parts.push({ start, end: at, contentStart: start, timestampMs: 0 });
      continue;
    }
    const length = varint();
    const contentStart = at;
    // Every metric begins with alias and timestamp, each behind a tag of one byte.
    at += 1;
    const alias = varint();
    at += 1;
    const timestampMs = varint();
    at = contentStart + length;
    parts.push({ start, end: at, contentStart, alias, timestampMs });
  }
  return parts;
}

/** is_historical (5) = true */
const historicalMark = Uint8Array.of(0x28, 0x01);
