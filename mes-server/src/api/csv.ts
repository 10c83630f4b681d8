import { Readable } from "node:stream";
import { listOf } from "@only-mes/protocols/console/http";
import type { FastifyReply } from "fastify";
import { z } from "zod";

/** Parameters of every list that can be had as CSV: spread them into its querystring. */
export const csvParameters = {
  format: z
    .enum(["json", "csv"])
    .default("json")
    .describe("csv: every item of the list from `cursor` on, as one file (RFC 4180)."),
  delimiter: z.enum([",", ";", "\t"]).default(",").describe("Of CSV."),
  bom: z
    .enum(["0", "1"])
    .default("0")
    .describe("1: CSV begins with a byte order mark, so that spreadsheets read it as UTF-8."),
};

/** `response: { 200: listOrCsv(item) }` of such a list. */
export function listOrCsv<Item extends z.ZodType>(item: Item) {
  return {
    description: "A page of the list, or all of it as CSV.",
    content: {
      "application/json": { schema: listOf(item) },
      "text/csv": { schema: z.string().describe("One line a row, the first one names them.") },
    },
  };
}

export type CsvCell = string | number | bigint | boolean | null | undefined;

/** What a list looks like as CSV. Column names are read by programs: never rename one. */
export interface CsvTable<Item> {
  /** Of the file, without its ending. */
  name: string;
  columns: Readonly<Record<string, (item: Item) => CsvCell>>;
}

export interface ListPage<Item> {
  items: Item[];
  nextCursor?: string | undefined;
}

interface ListQuery {
  format: "json" | "csv";
  delimiter: "," | ";" | "\t";
  bom: "0" | "1";
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** How many items are read at a time, and held in memory, while a CSV goes out. */
const pageItems = 500;

/**
 * Answers a list as it was asked for: one page of it in JSON, or as CSV all that follows from the cursor
 * on, page by page as fast as the asker takes them. An error of the first page is answered as any
 * error; one of a later page breaks the answer off, so that nobody takes a part for the whole.
 */
export async function answerList<Item>(
  reply: FastifyReply,
  query: ListQuery,
  table: CsvTable<Item>,
  readPage: (page: { limit: number; cursor: string | undefined }) => Promise<ListPage<Item>>,
): Promise<ListPage<Item> | void> {
  const { limit = pageItems, cursor } = query;
  if (query.format === "json") return readPage({ limit, cursor });
  const first = await readPage({ limit: pageItems, cursor });
  const next = (after: string): Promise<ListPage<Item>> =>
    readPage({ limit: pageItems, cursor: after });
  return reply
    .header("content-type", "text/csv; charset=utf-8; header=present")
    .header("content-disposition", `attachment; filename="${fileName(table.name)}"`)
    .header("cache-control", "no-store")
    .send(Readable.from(csvText(table, first, next, query), { objectMode: true }));
}

async function* csvText<Item>(
  { columns }: CsvTable<Item>,
  first: ListPage<Item>,
  next: (cursor: string) => Promise<ListPage<Item>>,
  { delimiter, bom }: ListQuery,
): AsyncGenerator<string> {
  const cells = Object.values(columns);
  const lineOf = (item: Item): string =>
    csvLine(
      cells.map((cell) => cell(item)),
      delimiter,
    );
  let page = first;
  let text = (bom === "1" ? "\uFEFF" : "") + csvLine(Object.keys(columns), delimiter);
  for (;;) {
    yield text + page.items.map(lineOf).join("");
    if (page.nextCursor === undefined) return;
    text = "";
    page = await next(page.nextCursor);
  }
}

/** One line of CSV with its end. */
export function csvLine(cells: readonly CsvCell[], delimiter: string): string {
  return `${cells.map(csvCell).join(delimiter)}\r\n`;
}

const plainNumber = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const startsFormula = /^[=+\-@\t\r\n]/;

/**
 * Spreadsheets run what looks like a formula. Such a text gets an apostrophe in front, which they show as
 * nothing. Every delimiter there is makes a cell be quoted, so that a file which is opened with another one
 * than it was made with does not fall into other cells.
 */
function csvCell(value: CsvCell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = startsFormula.test(value) && !plainNumber.test(value) ? `'${value}` : value;
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Ids of equipment may stand in a name; nothing else that a header or a file system takes amiss. */
function fileName(name: string): string {
  return `${name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").slice(0, 120)}.csv`;
}
