/**
 * A strict reader of Sparkplug B protobuf, written for judging: what it reads is what the bytes say, and
 * what is not as the standard has it is refused. Payload: timestamp 1, metrics 2, seq 3. Metric: name 1,
 * alias 2, timestamp 3, datatype 4, is_historical 5, is_null 7, int 10, long 11, float 12, double 13,
 * boolean 14, string 15.
 */
export interface WirePayload {
  timestamp?: bigint;
  seq?: bigint;
  metrics: WireMetric[];
}

export interface WireMetric {
  name?: string;
  alias?: bigint;
  timestamp?: bigint;
  datatype?: number;
  isHistorical: boolean;
  isNull: boolean;
  value?: WireValue;
}

type WireValue =
  | { readonly field: "int" | "long"; readonly raw: bigint }
  | { readonly field: "float" | "double"; readonly number: number }
  | { readonly field: "boolean"; readonly truth: boolean }
  | { readonly field: "string"; readonly text: string };

/** `undefined` if the bytes are not sound; `isWhole`: they are as an encoder wrote them. */
export function readWire(bytes: Uint8Array, isWhole = false): WirePayload | undefined {
  try {
    return payloadIn(bytes, isWhole);
  } catch (error) {
    if (error instanceof Unsound) return undefined;
    throw error;
  }
}

class Unsound extends Error {}

interface Field {
  readonly number: number;
  readonly wire: number;
  readonly whole: bigint;
  readonly bytes: Uint8Array;
}

function payloadIn(bytes: Uint8Array, isWhole: boolean): WirePayload {
  const payload: WirePayload = { metrics: [] };
  const once = onceEach();
  for (const field of fieldsIn(bytes)) {
    if (field.number !== 2) once(field.number);
    if (field.number === 1) payload.timestamp = varint(field);
    else if (field.number === 2) payload.metrics.push(metricIn(content(field), isWhole));
    else if (field.number === 3) payload.seq = varint(field);
    else if (field.number === 4) text(field);
    else if (field.number === 5) content(field);
  }
  return payload;
}

function metricIn(bytes: Uint8Array, isWhole: boolean): WireMetric {
  const metric: WireMetric = { isHistorical: false, isNull: false };
  const once = onceEach();
  for (const field of fieldsIn(bytes)) {
    // All kinds of values are one choice.
    once(field.number >= 10 && field.number <= 19 ? 10 : field.number);
    switch (field.number) {
      case 1:
        metric.name = text(field);
        break;
      case 2:
        metric.alias = varint(field);
        break;
      case 3:
        metric.timestamp = varint(field);
        break;
      case 4:
        metric.datatype = Number(varint32(field));
        break;
      case 5:
        metric.isHistorical = truth(field);
        break;
      case 6:
        truth(field);
        break;
      case 7:
        metric.isNull = truth(field);
        break;
      case 8:
      case 9:
        // Meta data and properties are messages of their own, which are not judged here once damaged.
        if (!isWhole) throw new Unsound();
        content(field);
        break;
      case 10:
        metric.value = { field: "int", raw: varint32(field) };
        break;
      case 11:
        metric.value = { field: "long", raw: varint(field) };
        break;
      case 12:
        metric.value = { field: "float", number: fixed(field, 5).getFloat32(0, true) };
        break;
      case 13:
        metric.value = { field: "double", number: fixed(field, 1).getFloat64(0, true) };
        break;
      case 14:
        metric.value = { field: "boolean", truth: truth(field) };
        break;
      case 15:
        metric.value = { field: "string", text: text(field) };
        break;
      case 16:
      case 17:
      case 18:
      case 19:
        throw new Unsound();
    }
  }
  return metric;
}

/** A sound encoder writes no field twice that is there but once. */
function onceEach(): (number: number) => void {
  const seen = new Set<number>();
  return (number) => {
    if (seen.has(number)) throw new Unsound();
    seen.add(number);
  };
}

function* fieldsIn(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const next = (): bigint => {
    let whole = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Unsound();
      whole |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (whole >> 64n !== 0n) throw new Unsound();
      return whole;
    }
    throw new Unsound();
  };
  while (at < bytes.length) {
    const key = next();
    const wire = Number(key & 7n);
    const number = Number(key >> 3n);
    if (number === 0 || number >= 2 ** 29) throw new Unsound();
    if (wire === 0) {
      yield { number, wire, whole: next(), bytes: nothing };
      continue;
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(next()) : Number.NaN;
    if (!(at + length <= bytes.length)) throw new Unsound();
    yield { number, wire, whole: 0n, bytes: bytes.subarray(at, at + length) };
    at += length;
  }
}

const nothing = new Uint8Array();
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function varint({ wire, whole }: Field): bigint {
  if (wire !== 0) throw new Unsound();
  return whole;
}

function varint32(field: Field): bigint {
  const whole = varint(field);
  if (whole >> 32n !== 0n) throw new Unsound();
  return whole;
}

function truth(field: Field): boolean {
  const whole = varint(field);
  if (whole > 1n) throw new Unsound();
  return whole === 1n;
}

function content({ wire, bytes }: Field): Uint8Array {
  if (wire !== 2) throw new Unsound();
  return bytes;
}

function fixed({ wire, bytes }: Field, kind: 1 | 5): DataView {
  if (wire !== kind) throw new Unsound();
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function text(field: Field): string {
  try {
    return utf8.decode(content(field));
  } catch {
    throw new Unsound();
  }
}
