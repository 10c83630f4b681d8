import { validate } from "@readme/openapi-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string; schema?: { enum?: string[] } }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

let database: TestDatabase;
let edge: RunningEdge;
let document: { paths: Record<string, Record<string, Operation>> };
let operations: [name: string, operation: Operation][];

beforeAll(async () => {
  database = await openTestDatabase();
  edge = await startEdge({ pool: database.pool, clock: new TestClock(0) });
  document = (await (await fetch(`${edge.url}/api/openapi.json`)).json()) as typeof document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
});
afterAll(async () => {
  await edge.close();
  await database.close();
});

/** Names of the operations of which something is not so. */
const without = (is: (operation: Operation, name: string) => boolean): string[] =>
  operations.filter(([name, operation]) => !is(operation, name)).map(([name]) => name);

describe("the OpenAPI document", () => {
  it("is valid", async () => {
    const result = await validate(structuredClone(document) as never);
    expect(result).toMatchObject({ valid: true });
  });

  it("names, sums up and sorts every operation", () => {
    expect(without(({ summary = "" }) => summary.length >= 5)).toEqual([]);
    expect(without(({ tags = [] }) => tags.length === 1)).toEqual([]);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(without(({ operationId = "" }) => /^[a-z][A-Za-z0-9]+$/.test(operationId))).toEqual([]);
  });

  it("describes what each answers, be it good or bad", () => {
    expect(
      without(({ responses }) => {
        const good = Object.entries(responses).filter(([status]) => /^20\d$/.test(status));
        return good.length > 0 && good.every(([, { content }]) => content !== undefined);
      }),
    ).toEqual([]);
    const reference = { $ref: "#/components/schemas/ApiError" };
    expect(
      without(({ responses }) =>
        ["4XX", "5XX"].every(
          (range) =>
            JSON.stringify(responses[range]?.content?.["application/json"]?.schema) ===
            JSON.stringify(reference),
        ),
      ),
    ).toEqual([]);
  });

  it("describes every part of a path, and every body of a change", () => {
    expect(
      without(({ parameters = [] }, name) =>
        [...name.matchAll(/\{(\w+)\}/g)].every(([, part]) =>
          parameters.some((parameter) => parameter.in === "path" && parameter.name === part),
        ),
      ),
    ).toEqual([]);
    expect(
      without(
        ({ requestBody }, name) =>
          name.startsWith("GET ") || requestBody !== undefined || name.endsWith("/test"),
      ),
    ).toEqual([]);
  });

  it("pages every list that can be long, and offers it as CSV under the same names", () => {
    expect(
      without(({ parameters = [], responses }) => {
        const names = parameters.map(({ name }) => name);
        const isCsv = responses["200"]?.content?.["text/csv"] !== undefined;
        return (
          parameters.some(({ schema }) => schema?.enum?.includes("csv")) === isCsv &&
          (!names.includes("cursor") || names.includes("limit"))
        );
      }),
    ).toEqual([]);
  });
});
