import { nearest } from "../nearest.ts";
import {
  AmbiguousCell,
  columnTitled,
  deviceColumn,
  parseCell,
  tagColumns,
  type Column,
} from "./columns.ts";
import type { Row, Separator } from "./csv.ts";
import { unescapeFormula } from "./formula.ts";

/** One row of a tag list: the tag that it is about, and the fields that it sets. */
export interface ListedTag {
  readonly row: number;
  readonly device: string;
  readonly signal: string;
  /** Every column of the list; `undefined` where the cell is empty: the tag has no such field. */
  readonly fields: ReadonlyMap<Column, unknown>;
}

/** What is wrong with a list, and where. */
export interface ListProblem {
  readonly row: number;
  /** Its title; empty if the whole row is meant. */
  readonly column: string;
  readonly message: string;
  readonly allowed: string;
}

export interface ReadList {
  readonly tags: readonly ListedTag[];
  readonly problems: readonly ListProblem[];
}

const rowsMax = 50_000;

/** `device` is meant where the list has no such column. */
export function readTagList(
  rows: readonly Row[],
  separator: Separator | undefined,
  device: string | undefined,
): ReadList {
  const [head, ...body] = rows;
  if (head === undefined || body.length === 0) {
    const message = "the list has no rows below its column titles";
    return refused(head?.line ?? 1, message, "a row of titles, and a row for each tag");
  }
  if (body.length > rowsMax) {
    return refused(head.line, `the list has ${body.length} rows`, `at most ${rowsMax}`);
  }
  const { columns, problems } = readHead(head, device);
  if (problems.length > 0) return { tags: [], problems };
  const tags: ListedTag[] = [];
  const seen = new Map<string, number>();
  for (const row of body) {
    const listed = readRow(row, columns, separator, device, problems);
    if (listed === undefined) continue;
    const key = `${listed.device} ${listed.signal}`;
    const before = seen.get(key);
    if (before !== undefined) {
      problems.push({
        row: row.line,
        column: "signal",
        message: `"${listed.signal}" of device "${listed.device}" stands in row ${before} already`,
        allowed: "each signal of a device once",
      });
      continue;
    }
    seen.set(key, row.line);
    tags.push(listed);
  }
  return { tags, problems };
}

function refused(row: number, message: string, allowed: string): ReadList {
  return { tags: [], problems: [{ row, column: "", message, allowed }] };
}

type Titled = readonly (Column | undefined)[];

function readHead(head: Row, device: string | undefined) {
  const problems: ListProblem[] = [];
  const problem = (column: string, message: string, allowed: string) =>
    void problems.push({ row: head.line, column, message, allowed });
  const titles = tagColumns.map(({ title }) => title);
  const columns = head.cells.map((cell, index) => {
    const title = cell.trim();
    if (title === "") return undefined;
    const column = columnTitled(title);
    if (column === undefined) {
      const near = nearest(title, titles);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      problem(title, `there is no such column${hint}`, titles.join(", "));
    } else if (head.cells.findIndex((other) => columnTitled(other) === column) < index) {
      problem(title, "this column stands there twice", "each column once");
    }
    return column;
  });
  const has = (title: string) => columns.some((column) => column?.title === title);
  for (const title of ["signal", ...(device === undefined ? ["device"] : [])]) {
    if (!has(title)) problem(title, "this column is missing", `a column titled ${title}`);
  }
  return { columns, problems };
}

function readRow(
  row: Row,
  columns: Titled,
  separator: Separator | undefined,
  fallbackDevice: string | undefined,
  problems: ListProblem[],
): ListedTag | undefined {
  const fields = new Map<Column, unknown>();
  const problem = (column: string, message: string, allowed: string) =>
    void problems.push({ row: row.line, column, message, allowed });
  let device = fallbackDevice;
  row.cells.forEach((cell, index) => {
    const column = columns[index];
    const text = unescapeFormula(cell).trim();
    if (column === undefined) {
      if (text !== "") problem("", `"${text}" stands beside the titled columns`, "nothing there");
    } else if (column === deviceColumn) {
      if (text !== "") device = text;
    } else fields.set(column, valueOf(column, text, separator, problem));
  });
  for (const column of columns) {
    if (column !== undefined && column !== deviceColumn && !fields.has(column)) {
      fields.set(column, undefined);
    }
  }
  const signalColumn = columns.find((column) => column?.title === "signal");
  const signal = signalColumn === undefined ? undefined : fields.get(signalColumn);
  if (device === undefined) problem("device", "is empty", "the id of a device of the map");
  if (typeof signal !== "string") problem("signal", "is empty", "<unit>/<name>");
  if (device === undefined || typeof signal !== "string") return undefined;
  return { row: row.line, device, signal, fields };
}

function valueOf(
  column: Column,
  text: string,
  separator: Separator | undefined,
  problem: (column: string, message: string, allowed: string) => void,
): unknown {
  if (text === "") return undefined;
  try {
    return parseCell(column, text, separator);
  } catch (error) {
    if (!(error instanceof AmbiguousCell)) throw error;
    problem(column.title, `"${text}" can be read in two ways`, error.message);
    return undefined;
  }
}
