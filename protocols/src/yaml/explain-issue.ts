import { z } from "zod";

/** A problem by its path in the document; `key` names a key that should not be there. */
export interface Finding {
  path: readonly PropertyKey[];
  key?: string;
  message: string;
  allowed: string;
}

type Issue = z.core.$ZodIssue;

/** A zod issue in the words of a plant engineer: what is there, and what may be by the schema. */
export function explainIssue(issue: Issue, input: unknown, schema: z.ZodType): Finding[] {
  const { path } = issue;
  const found = describe(valueAt(input, path));
  switch (issue.code) {
    case "unrecognized_keys": {
      const allowed = keysAt(schema, path, input).join(", ");
      return issue.keys.map((key) => ({ path, key, message: `unknown key "${key}"`, allowed }));
    }
    case "invalid_type":
      return [
        found === "nothing"
          ? { path, message: "is missing", allowed: noun(issue.expected) }
          : { path, message: `is ${found}`, allowed: noun(issue.expected) },
      ];
    case "invalid_value":
      return [{ path, message: `is ${found}`, allowed: issue.values.map(String).join(", ") }];
    case "too_small":
      return [{ path, message: `is ${sized(found, issue)}`, allowed: bound(issue, "least") }];
    case "too_big":
      return [{ path, message: `is ${sized(found, issue)}`, allowed: bound(issue, "most") }];
    case "invalid_union":
      return [{ path, message: `is ${found}`, allowed: allowedByUnion(issue) }];
    case "invalid_key":
    case "invalid_element":
      return issue.issues.map((inner) => ({
        path,
        message: `is ${found}`,
        allowed: inner.message,
      }));
    case "invalid_format":
    case "not_multiple_of":
    case "custom":
      return [{ path, message: `is ${found}`, allowed: issue.message }];
  }
}

function allowedByUnion(issue: Extract<Issue, { code: "invalid_union" }>): string {
  if (issue.errors.length === 0) return "driver: modbus or opcua";
  const [first, ...rest] = issue.errors
    .map((issues) => issues[0])
    .filter((inner) => inner !== undefined)
    .map((inner) => (inner.code === "invalid_type" ? noun(inner.expected) : inner.message));
  return [first, ...rest].join(", or ");
}

function sized(found: string, issue: { origin: string }): string {
  return issue.origin === "array" ? `${found} that is too short or too long` : found;
}

function bound(
  issue: Extract<Issue, { code: "too_small" | "too_big" }>,
  end: "least" | "most",
): string {
  const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
  const things: Record<string, string> = { array: " entries", string: " characters" };
  const word =
    issue.inclusive === false ? (end === "least" ? "more than" : "less than") : `at ${end}`;
  return `${word} ${limit}${things[issue.origin] ?? ""}`;
}

function noun(expected: string): string {
  const nouns: Record<string, string> = {
    int: "a whole number",
    number: "a number",
    string: "a text",
    boolean: "true or false",
    array: "a list",
    object: "a mapping",
    record: "a mapping",
  };
  return nouns[expected] ?? expected;
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "empty";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    input,
  );
}

/** The keys that the schema knows at a path; a device's depend on its driver. */
function keysAt(whole: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  let schema: unknown = whole;
  path.forEach((part, depth) => {
    schema = unwrap(schema, valueAt(input, path.slice(0, depth)));
    if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodObject) schema = schema.shape[String(part)];
  });
  const object = unwrap(schema, valueAt(input, path));
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return unwrap(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const driver = valueAt(value, ["driver"]);
    return schema.options.find(
      (option) =>
        option instanceof z.ZodObject && option.shape["driver"]?.safeParse(driver).success,
    );
  }
  return schema;
}
