import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

/** The examples of docs/api.md, as they stand there: in order, as each may rest on those before it. */
const page = readFileSync(fileURLToPath(new URL("../../../docs/api.md", import.meta.url)), "utf8");

interface Example {
  status: number;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const examples = [...page.matchAll(/```sh\n# (\d{3})\n(curl [^`]*)```/g)].map(
  ([, status = "", command = ""]): Example => exampleOf(Number(status), command),
);

/** Reads a command line of curl, of the few options that the page uses. */
function exampleOf(status: number, command: string): Example {
  const words = [...command.matchAll(/'([^']*)'|([^\s\\]+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
  const valuesOf = (option: string): string[] =>
    words.filter((_, place) => words[place - 1] === option);
  const headers = valuesOf("-H").map((line): [string, string] => {
    const [name = "", value = ""] = line.split(/: (.*)/);
    return [name, value];
  });
  return {
    status,
    method: valuesOf("-X")[0] ?? "GET",
    url: words.find((word) => word.startsWith("http://")) ?? "",
    headers: Object.fromEntries(headers),
    body: valuesOf("-d")[0],
  };
}

let database: TestDatabase;
let edge: RunningEdge;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  const clock = new TestClock(Date.parse("2026-11-23T08:00:00Z"));
  edge = await startEdge({ pool: database.pool, clock });
});
afterAll(async () => {
  await edge.close();
  await database.close();
});

describe("docs/api.md", () => {
  test("has examples", () => {
    expect(examples.length).toBeGreaterThan(8);
  });

  test.each(examples)("$method $url is answered by $status", async (example) => {
    const { method, url, headers, body } = example;
    const response = await fetch(url.replace("http://127.0.0.1:8080", edge.url), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    expect({ status: response.status, text }).toEqual({ status: example.status, text });
    const isCsv = response.headers.get("content-type")?.startsWith("text/csv") === true;
    expect(isCsv).toBe(url.includes("format=csv"));
  });
});
