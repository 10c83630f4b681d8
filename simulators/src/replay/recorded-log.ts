import { csvFields, type CsvField } from "./csv.ts";

/** A recorded log: what a plant's signals were, and when. */
export interface RecordedLog {
  /** In the order of time; those of one instant in the order of the file. */
  entries: LogEntry[];
}

export interface LogEntry {
  atMs: number;
  unit: string;
  signal: string;
  /** As it stands in the file. */
  text: string;
  /** Where it stands, for messages. */
  line: number;
  column: number;
}

export const logHeader = ["time", "unit", "signal", "value"] as const;

/** Says where a log cannot be used, why, and what is allowed there. */
export class LogError extends Error {
  constructor(file: string, line: number, column: number, why: string) {
    super(`${file}:${line}:${column}: ${why}`);
    this.name = "LogError";
  }
}

/** @throws {LogError} for the first line that is wrong. */
export function parseLog(file: string, content: string): RecordedLog {
  const lines = content.replace(/^\uFEFF/, "").split(/\r?\n/);
  const header = csvFields(lines[0] ?? "")?.map(({ text }) => text);
  if (header?.join() !== logHeader.join()) {
    throw new LogError(file, 1, 1, `the first line must be "${logHeader.join()}"`);
  }
  const entries = lines.flatMap((text, index) =>
    index === 0 || text.trim() === "" ? [] : [parseLine(file, index + 1, text)],
  );
  if (entries.length === 0) throw new LogError(file, 2, 1, "the log has no entry");
  return { entries: entries.sort((a, b) => a.atMs - b.atMs) };
}

function parseLine(file: string, line: number, text: string): LogEntry {
  const fields = csvFields(text);
  if (fields === undefined) {
    throw new LogError(file, line, text.indexOf('"') + 1, "a quote is opened and not closed");
  }
  const [time, unit, signal, value, surplus] = fields;
  if (time === undefined || unit === undefined || signal === undefined || value === undefined) {
    throw new LogError(file, line, text.length + 1, `a line has four fields: ${logHeader.join()}`);
  }
  if (surplus !== undefined) {
    const why = `a line has four fields, ${logHeader.join()}; put a value with a comma in quotes`;
    throw new LogError(file, line, surplus.column, why);
  }
  return {
    atMs: parseTime(file, line, time),
    unit: parseName(file, line, unit, unitNames),
    signal: parseName(file, line, signal, signalNames),
    text: value.text,
    line,
    column: value.column,
  };
}

/** With a zone, since a log is read elsewhere than it was written. */
const isoWithZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
const milliseconds = /^\d{1,15}$/;

function parseTime(file: string, line: number, { text, column }: CsvField): number {
  const atMs = milliseconds.test(text)
    ? Number(text)
    : isoWithZone.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  const why =
    `"${text}" is no time; allowed are ISO 8601 with a zone, such as 2026-01-05T06:00:00.250Z, ` +
    "and milliseconds since 1970";
  throw new LogError(file, line, column, why);
}

interface NameRule {
  what: string;
  pattern: RegExp;
  allowed: string;
}

const unitNames: NameRule = {
  what: "unit",
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  allowed: 'letters, digits, ".", "-" and "_"',
};

const signalNames: NameRule = {
  what: "signal",
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
  allowed: 'letters, digits, "-" and "_"',
};

function parseName(
  file: string,
  line: number,
  { text, column }: CsvField,
  { what, pattern, allowed }: NameRule,
): string {
  if (pattern.test(text)) return text;
  throw new LogError(file, line, column, `"${text}" is no ${what}; allowed are ${allowed}`);
}
