/**
 * One column of rows in the binary form of a PostgreSQL array (array_recv), ready to be the
 * parameter of `unnest`: the lane lays it out, the main thread only passes it on.
 */
export type ColumnType = keyof typeof columnTypes;

const columnTypes = {
  int2: { oid: 21, bytes: 2 },
  int4: { oid: 23, bytes: 4 },
  int8: { oid: 20, bytes: 8 },
  float8: { oid: 701, bytes: 8 },
  timestamptz: { oid: 1184, bytes: 8 },
  text: { oid: 25, bytes: 0 },
} as const;

const headBytes = 20;
const initialRows = 64;
const encoder = new TextEncoder();

/** Milliseconds from 1970 to 2000, where PostgreSQL counts from. */
const postgresEpochMs = 946_684_800_000;
const two32 = 4_294_967_296;

export interface ArrayColumn {
  readonly rows: number;
  pushNumber(value: number): void;
  pushText(value: string): void;
  pushNull(): void;
  /** The finished array; the column must not be used again. */
  finish(): Uint8Array<ArrayBuffer>;
}

export function arrayColumn(type: ColumnType, expectedRows = initialRows): ArrayColumn {
  const { oid, bytes } = columnTypes[type];
  let buffer = new Uint8Array(headBytes + Math.max(1, expectedRows) * (4 + Math.max(bytes, 4)));
  let view = new DataView(buffer.buffer);
  let at = headBytes;
  let rows = 0;
  let nulls = 0;

  const room = (more: number): void => {
    if (at + more <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, at + more));
    larger.set(buffer);
    buffer = larger;
    view = new DataView(buffer.buffer);
  };

  return {
    get rows() {
      return rows;
    },
    pushNumber(value) {
      room(4 + bytes);
      view.setInt32(at, bytes);
      putNumber(view, at + 4, type, value);
      at += 4 + bytes;
      rows += 1;
    },
    pushText(value) {
      const encoded = encoder.encode(value);
      room(4 + encoded.length);
      view.setInt32(at, encoded.length);
      buffer.set(encoded, at + 4);
      at += 4 + encoded.length;
      rows += 1;
    },
    pushNull() {
      room(4);
      view.setInt32(at, -1);
      at += 4;
      rows += 1;
      nulls += 1;
    },
    finish() {
      view.setInt32(0, rows === 0 ? 0 : 1);
      view.setInt32(4, nulls > 0 ? 1 : 0);
      view.setInt32(8, oid);
      if (rows === 0) return buffer.subarray(0, 12);
      view.setInt32(12, rows);
      view.setInt32(16, 1);
      return buffer.subarray(0, at);
    },
  };
}

/** Writes a value of fixed length as PostgreSQL receives it. Whole milliseconds for `timestamptz`. */
export function putNumber(view: DataView, at: number, type: ColumnType, value: number): void {
  switch (type) {
    case "int2":
      view.setInt16(at, value);
      return;
    case "int4":
      view.setInt32(at, value);
      return;
    case "float8":
      view.setFloat64(at, value);
      return;
    case "int8":
      putInt64(view, at, value);
      return;
    case "timestamptz":
      putInt64(view, at, (value - postgresEpochMs) * 1000);
      return;
    case "text":
      throw new TypeError("a text column takes text");
  }
}

/** A safe integer as 64 bits: bigints in a loop over every sample would cost more than the rest. */
function putInt64(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / two32);
  view.setInt32(at, high);
  view.setUint32(at + 4, value - high * two32);
}
