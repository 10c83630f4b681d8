import { z } from "zod";
import { ApiFailure } from "./failure.ts";

export function limitParameter(byDefault: number, max: number) {
  return z.coerce
    .number({ error: "is not a number" })
    .int("is not a whole number")
    .min(1)
    .max(max)
    .default(byDefault)
    .describe("The most items of a page.");
}

export const cursorParameter = z
  .string()
  .min(1)
  .max(400)
  .optional()
  .describe("`nextCursor` of the page before.");

/** A cursor is opaque to whoever carries it: what it holds may change with the server. */
export function cursorFrom(position: string): string {
  return Buffer.from(position, "utf8").toString("base64url");
}

/** @throws {ApiFailure} if it does not hold a position of the expected form. */
export function positionOf(cursor: string | undefined, form: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const position = Buffer.from(cursor, "base64url").toString("utf8");
  if (!form.test(position)) throw new ApiFailure("cursor_invalid", undefined, "cursor");
  return position;
}

/** A page of rows, of which one more than `limit` was read: whether there is one tells whether there is more. */
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  placeOf: (row: Row) => string,
): { items: Item[]; nextCursor?: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && rows.length > page.length;
  return {
    items: page.map(itemOf),
    ...(hasMore && { nextCursor: cursorFrom(placeOf(last)) }),
  };
}

/** The place that a cursor of a list in order of time and of the ids of commands stands for. */
export function timedPlaceOf(cursor: string | undefined): { atMs: number; id: string } | undefined {
  const position = positionOf(cursor, /^-?\d{1,15} [A-Za-z0-9._:-]{8,64}$/);
  if (position === undefined) return undefined;
  const [atMs = "", id = ""] = position.split(" ");
  return { atMs: Number(atMs), id };
}
