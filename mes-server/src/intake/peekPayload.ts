/**
 * What intake must know of a data message before its lane decodes it, read from the bytes without
 * building anything: field numbers of the Sparkplug B protobuf (Payload: timestamp 1, metrics 2,
 * seq 3; Metric: name 1, alias 2, int_value 10, long_value 11).
 */
export interface PayloadGlimpse {
  seq?: number;
  timestampMs?: number;
  metrics: number;
  epoch?: number;
  sequence?: number;
}

/** How the two delivery metrics of a device are recognised. */
export interface DeliveryAliases {
  epoch: number | undefined;
  sequence: number | undefined;
}

/** @throws {RangeError} if the bytes are no protobuf message. */
export function peekPayload(bytes: Uint8Array, delivery: DeliveryAliases): PayloadGlimpse {
  const reader = fieldReader(bytes, 0, bytes.length);
  const glimpse: PayloadGlimpse = { metrics: 0 };
  while (reader.next()) {
    if (reader.field === 1 && reader.wire === varint) glimpse.timestampMs = reader.value;
    else if (reader.field === 3 && reader.wire === varint) glimpse.seq = reader.value;
    else if (reader.field === 2 && reader.wire === delimited) {
      glimpse.metrics += 1;
      peekMetric(bytes, reader.start, reader.end, delivery, glimpse);
    }
  }
  return glimpse;
}

const varint = 0;
const delimited = 2;
const epochName = "Delivery/Epoch";
const sequenceName = "Delivery/Sequence";

function peekMetric(
  bytes: Uint8Array,
  start: number,
  end: number,
  delivery: DeliveryAliases,
  glimpse: PayloadGlimpse,
): void {
  const reader = fieldReader(bytes, start, end);
  let part: "epoch" | "sequence" | undefined;
  let value: number | undefined;
  while (reader.next()) {
    if (reader.field === 2 && reader.wire === varint) {
      if (reader.value === delivery.epoch) part = "epoch";
      else if (reader.value === delivery.sequence) part = "sequence";
      // Nearly every metric is neither, and its alias comes first.
      else return;
    } else if (reader.field === 1 && reader.wire === delimited) {
      const isEpoch = isText(bytes, reader.start, reader.end, epochName);
      if (isEpoch) part = "epoch";
      else if (isText(bytes, reader.start, reader.end, sequenceName)) part = "sequence";
    } else if ((reader.field === 10 || reader.field === 11) && reader.wire === varint) {
      value = reader.value;
    }
  }
  if (part !== undefined && value !== undefined && Number.isSafeInteger(value)) {
    glimpse[part] = value;
  }
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

interface FieldReader {
  field: number;
  wire: number;
  value: number;
  start: number;
  end: number;
  next(): boolean;
}

function fieldReader(bytes: Uint8Array, from: number, to: number): FieldReader {
  let at = from;

  const readVarint = (): number => {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i += 1) {
      const byte = bytes[at];
      if (byte === undefined || at >= to) throw new RangeError("the payload ends within a number");
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new RangeError("the payload has a number of more than ten bytes");
  };

  const skip = (length: number): void => {
    reader.start = at;
    at += length;
    reader.end = at;
    if (at > to) throw new RangeError("the payload ends within a field");
  };

  const reader: FieldReader = {
    field: 0,
    wire: 0,
    value: 0,
    start: 0,
    end: 0,
    next() {
      if (at >= to) return false;
      const key = readVarint();
      reader.field = Math.floor(key / 8);
      reader.wire = key % 8;
      switch (reader.wire) {
        case varint:
          reader.value = readVarint();
          return true;
        case 1:
          skip(8);
          return true;
        case delimited:
          skip(readVarint());
          return true;
        case 5:
          skip(4);
          return true;
        default:
          throw new RangeError(`the payload has a field of unknown kind ${reader.wire}`);
      }
    },
  };
  return reader;
}
