import { arrayColumn, putNumber, type ArrayColumn } from "./arrayColumn.ts";

/** How the lane lays samples out for the database: see store/insertSamplesUnnest and copySamples. */
export type SampleFormat = "unnest" | "copy";

/** Rows of table `sample`, laid out: nine arrays for `unnest`, or one stream for `COPY … BINARY`. */
export interface SampleRows {
  format: SampleFormat;
  rows: number;
  buffers: Uint8Array<ArrayBuffer>[];
}

interface SampleRow {
  signal: number;
  ordinal: number;
  tsMs: number;
  gatewayTsMs: number;
  epoch: number;
  sequence: number;
  value: number | null;
  quality: number;
  text: string | null;
}

export interface SampleRowsWriter {
  push(row: SampleRow): void;
  finish(): SampleRows;
}

export function sampleRowsWriter(format: SampleFormat, expectedRows: number): SampleRowsWriter {
  return format === "copy" ? copyWriter(expectedRows) : unnestWriter(expectedRows);
}

function unnestWriter(expectedRows: number): SampleRowsWriter {
  const column = (type: Parameters<typeof arrayColumn>[0]): ArrayColumn =>
    arrayColumn(type, expectedRows);
  const signal = column("int4");
  const ordinal = column("int4");
  const ts = column("timestamptz");
  const gatewayTs = column("timestamptz");
  const epoch = column("int8");
  const sequence = column("int8");
  const value = column("float8");
  const quality = column("int2");
  const text = column("text");
  return {
    push(row) {
      signal.pushNumber(row.signal);
      ordinal.pushNumber(row.ordinal);
      ts.pushNumber(row.tsMs);
      gatewayTs.pushNumber(row.gatewayTsMs);
      epoch.pushNumber(row.epoch);
      sequence.pushNumber(row.sequence);
      if (row.value === null) value.pushNull();
      else value.pushNumber(row.value);
      quality.pushNumber(row.quality);
      if (row.text === null) text.pushNull();
      else text.pushText(row.text);
    },
    finish: () => ({
      format: "unnest",
      rows: signal.rows,
      buffers: [signal, ordinal, ts, gatewayTs, epoch, sequence, value, quality, text].map(
        (column) => column.finish(),
      ),
    }),
  };
}

/** The signature of binary COPY, no flags (4 bytes), no header extension (4 bytes). */
const copyHead = new Uint8Array(19);
copyHead.set(new TextEncoder().encode("PGCOPY\n"));
copyHead.set([0xff, 0x0d, 0x0a, 0x00], 7);
const fixedRowBytes = 2 + 9 * 4 + 4 + 4 + 8 + 8 + 8 + 8 + 8 + 2;
const encoder = new TextEncoder();

function copyWriter(expectedRows: number): SampleRowsWriter {
  let buffer = new Uint8Array(copyHead.length + Math.max(1, expectedRows) * fixedRowBytes + 2);
  let view = new DataView(buffer.buffer);
  buffer.set(copyHead);
  let at = copyHead.length;
  let rows = 0;

  const room = (more: number): void => {
    if (at + more <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, at + more));
    larger.set(buffer);
    buffer = larger;
    view = new DataView(buffer.buffer);
  };
  const field = (type: Parameters<typeof putNumber>[2], bytes: number, value: number): void => {
    view.setInt32(at, bytes);
    putNumber(view, at + 4, type, value);
    at += 4 + bytes;
  };
  const nothing = (): void => {
    view.setInt32(at, -1);
    at += 4;
  };

  return {
    push(row) {
      const text = row.text === null ? undefined : encoder.encode(row.text);
      room(fixedRowBytes + (text?.length ?? 0));
      view.setInt16(at, 9);
      at += 2;
      field("int4", 4, row.signal);
      field("int4", 4, row.ordinal);
      field("timestamptz", 8, row.tsMs);
      field("timestamptz", 8, row.gatewayTsMs);
      field("int8", 8, row.epoch);
      field("int8", 8, row.sequence);
      if (row.value === null) nothing();
      else field("float8", 8, row.value);
      field("int2", 2, row.quality);
      if (text === undefined) nothing();
      else {
        view.setInt32(at, text.length);
        buffer.set(text, at + 4);
        at += 4 + text.length;
      }
      rows += 1;
    },
    finish() {
      room(2);
      view.setInt16(at, -1);
      return { format: "copy", rows, buffers: [buffer.subarray(0, at + 2)] };
    },
  };
}
