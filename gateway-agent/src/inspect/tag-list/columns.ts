import { tag } from "@only-mes/protocols/device-map/schema";
import { z } from "zod";
import type { Separator } from "./csv.ts";

/** One column of a tag list, and the field of a tag that it stands for. */
export interface Column {
  readonly title: string;
  /** In a tag; empty for the device that it belongs to. */
  readonly path: readonly string[];
  readonly form: Form;
  /** What the schema puts where the field is absent. */
  readonly fallback: unknown;
}

type Form =
  | { readonly kind: "text" | "number" | "flag" | "numberOrText" | "pairs" | "flow" }
  | { readonly kind: "choice"; readonly allowed: readonly string[] };

const shortTitles: Readonly<Record<string, string>> = {
  "scale.factor": "factor",
  "scale.offset": "offset",
};

/** They come first; the rest follows the schema, so that a new field of a tag is a column by itself. */
export const deviceColumn: Column = {
  title: "device",
  path: [],
  form: { kind: "text" },
  fallback: undefined,
};
export const tagColumns: readonly Column[] = [deviceColumn, ...columnsOf(tag, [])];

/** `undefined` if no column is called so; capitals, spaces, dots, - and _ do not matter. */
export function columnTitled(title: string): Column | undefined {
  const plain = plainTitle(title);
  return tagColumns.find(
    (column) => plainTitle(column.title) === plain || plainTitle(column.path.join()) === plain,
  );
}

function plainTitle(title: string): string {
  return title.toLowerCase().replaceAll(/[\s_.,-]/g, "");
}

function columnsOf(schema: z.ZodObject, path: readonly string[]): Column[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const inner = unwrap(field);
    const fieldPath = [...path, key];
    if (inner.schema instanceof z.ZodObject) return columnsOf(inner.schema, fieldPath);
    const dotted = fieldPath.join(".");
    const title = shortTitles[dotted] ?? dotted;
    return [{ title, path: fieldPath, form: formOf(inner.schema), fallback: inner.fallback }];
  });
}

function unwrap(schema: unknown): { schema: unknown; fallback: unknown } {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodDefault) {
    return { schema: unwrap(schema.unwrap()).schema, fallback: schema.def.defaultValue };
  }
  return { schema, fallback: undefined };
}

function formOf(schema: unknown): Form {
  if (schema instanceof z.ZodNumber) return { kind: "number" };
  if (schema instanceof z.ZodString) return { kind: "text" };
  if (schema instanceof z.ZodBoolean) return { kind: "flag" };
  if (schema instanceof z.ZodEnum) return { kind: "choice", allowed: schema.options.map(String) };
  if (schema instanceof z.ZodRecord) return { kind: "pairs" };
  if (schema instanceof z.ZodUnion && schema.options.every(isScalar)) {
    return { kind: "numberOrText" };
  }
  return { kind: "flow" };
}

function isScalar(schema: unknown): boolean {
  return (
    schema instanceof z.ZodNumber || schema instanceof z.ZodString || schema instanceof z.ZodLiteral
  );
}

/** How a value stands in a cell; empty if there is none. */
export function formatCell({ form }: Column, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (form.kind === "pairs" && typeof value === "object") {
    return Object.entries(value)
      .map(([key, of]) => `${key}=${String(of)}`)
      .join(" ");
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A cell says something that cannot be taken in one way only. */
export class AmbiguousCell extends Error {
  override readonly name = "AmbiguousCell";
}

/**
 * The value of a cell; a text where it is not what the column wants, so that the schema can say so.
 * @throws {AmbiguousCell} for 1,000 outside of a list that has ; or tabs between its cells.
 */
export function parseCell({ form }: Column, cell: string, separator: Separator | undefined) {
  const text = cell.trim();
  switch (form.kind) {
    case "text":
      return text;
    case "choice":
      return form.allowed.find((one) => one.toLowerCase() === text.toLowerCase()) ?? text;
    case "number":
      return numberOf(text, separator) ?? text;
    case "numberOrText": {
      const percent = /^(.*\d)\s*%$/.exec(text)?.[1];
      if (percent !== undefined) return `${String(numberOf(percent, separator) ?? percent)}%`;
      return numberOf(text, separator) ?? text;
    }
    case "flag":
      return flags[text.toLowerCase()] ?? text;
    case "pairs":
      return pairsOf(text);
    case "flow":
      return flowOf(text);
  }
}

const flags: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  "1": true,
  false: false,
  no: false,
  "0": false,
};

function numberOf(text: string, separator: Separator | undefined): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (!/^[+-]?\d+,\d+$/.test(text)) return undefined;
  const asDecimal = text.replace(",", ".");
  const isContinental = separator === ";" || separator === "\t";
  if (!isContinental && /,\d{3}$/.test(text)) {
    throw new AmbiguousCell(`${Number(asDecimal)} or ${text.replace(",", "")}`);
  }
  return Number(asDecimal);
}

/** `0=Stopped 20=Execute`, also with commas or semicolons between. */
function pairsOf(text: string): unknown {
  const pairs = text.split(/[\s,;]+/).filter((pair) => pair !== "");
  const entries = pairs.map((pair) => /^([^=:]+)[=:](.+)$/.exec(pair)?.slice(1, 3));
  if (!entries.every((entry) => entry !== undefined)) return text;
  return Object.fromEntries(entries as [string, string][]);
}

function flowOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
