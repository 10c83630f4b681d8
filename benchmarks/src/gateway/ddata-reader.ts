/**
 * The float values in a Sparkplug DDATA, read by the field numbers of sparkplug_b.proto alone: an opinion
 * that shares no line with the encoder of the gateway.
 */
export interface DdataContent {
  /** Of the metrics of Delivery: alias and value. */
  integers: Map<number, number>;
}

const metricField = 2;
const aliasField = 2;
const timestampField = 3;
const historicalField = 5;
const longField = 11;
const floatField = 12;

export function readDdata(
  payload: Buffer,
  onFloat: (alias: number, timestampMs: number, value: number, isHistorical: boolean) => void,
): DdataContent {
  const integers = new Map<number, number>();
  const reader = new WireReader(payload);
  while (!reader.isAtEnd(payload.length)) {
    const tag = reader.varint();
    if (tag >> 3 !== metricField) {
      reader.skip(tag & 7);
      continue;
    }
    const end = reader.varint() + reader.at;
    let alias = 0;
    let timestampMs = 0;
    let isHistorical = false;
    let value: number | undefined;
    while (!reader.isAtEnd(end)) {
      const inner = reader.varint();
      const field = inner >> 3;
      if (field === aliasField) alias = reader.varint();
      else if (field === timestampField) timestampMs = reader.varint();
      else if (field === historicalField) isHistorical = reader.varint() === 1;
      else if (field === floatField) value = reader.float();
      else if (field === longField) integers.set(alias, reader.varint());
      else reader.skip(inner & 7);
    }
    if (value !== undefined) onFloat(alias, timestampMs, value, isHistorical);
  }
  return { integers };
}

class WireReader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  isAtEnd(end: number): boolean {
    return this.at >= end;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  float(): number {
    this.at += 4;
    return this.#bytes.readFloatLE(this.at - 4);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 2) this.at += this.varint();
    else this.at += 4;
  }
}
