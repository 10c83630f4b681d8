import { apiError } from "@only-mes/protocols/console/http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { apiErrors } from "./errors.ts";

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

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${edge.url}/api/v1${path}`);
  return { status: response.status, body: await response.json() };
}

describe("what cannot be answered", () => {
  const signal = "/signals/bottling-1.filler.temperature";
  const unit = "/units/bottling-1.filler";
  const line = "/lines/bottling-1";
  const ranged = [`${signal}/history`, `${unit}/states`, `${unit}/counts`, `${line}/states`];

  async function failure(path: string) {
    const { status, body } = await get(path);
    const { error } = apiError.parse(body);
    expect(Object.keys(apiErrors)).toContain(error.code);
    const { field, code, message } = error;
    return { status, code, field, message };
  }

  it.each([
    ["/lines/nowhere", "line_unknown", "id"],
    ["/lines/nowhere/states", "line_unknown", "id"],
    ["/units/bottling-1.nothing", "unit_unknown", "id"],
    ["/units/bottling-1.nothing/states", "unit_unknown", "id"],
    ["/units/bottling-1.nothing/counts", "unit_unknown", "id"],
    ["/signals/bottling-1.filler.nothing", "signal_unknown", "id"],
    ["/signals/bottling-1.filler.nothing/history", "signal_unknown", "id"],
    ["/nothing", "path_unknown", undefined],
  ])("%s is not there", async (path, code, field) => {
    expect(await failure(path)).toMatchObject({ status: 404, code, field });
  });

  it.each(ranged)("%s names the end of a range that is wrong", async (path) => {
    const cases: [string, string, string][] = [
      ["from=yesterday", "parameter_invalid", "from"],
      ["to=2026-11-23T08:00:00%2B01:00", "parameter_invalid", "to"],
      ["from=2026-02-30T00:00:00Z", "parameter_invalid", "from"],
      ["from=0001-01-01T00:00:00Z", "parameter_invalid", "from"],
      ["from=", "parameter_invalid", "from"],
      ["from=2026-11-23T08:00:00Z&from=2026-11-23T08:00:00Z", "parameter_invalid", "from"],
      ["from=2026-11-23T08:00:00Z&to=2026-11-23T08:00:00Z", "range_reversed", "from"],
      ["from=2026-11-23T08:00:00Z&to=2026-11-22T08:00:00Z", "range_reversed", "from"],
      ["from=2020-01-01T00:00:00Z", "range_too_long", "from"],
      ["frm=2026-11-23T08:00:00Z", "parameter_invalid", "frm"],
    ];
    for (const [query, code, field] of cases) {
      expect({ query, ...(await failure(`${path}?${query}`)) }).toMatchObject({
        query,
        status: 400,
        code,
        field,
      });
    }
  });

  it.each([
    [`${signal}/history`, "buckets"],
    [`${unit}/states`, "limit"],
    [`${line}/states`, "limit"],
    ["/signals", "limit"],
    ["/dead-letters", "limit"],
  ])("%s refuses %s that are no number within the bounds", async (path, field) => {
    for (const value of ["0", "-1", "1.5", "many", "", "100000", "NaN", "1e9", "0x"]) {
      expect({ value, ...(await failure(`${path}?${field}=${value}`)) }).toMatchObject({
        value,
        status: 400,
        code: "parameter_invalid",
        field,
      });
    }
  });

  it.each(["/signals", "/dead-letters", `${unit}/states`, `${line}/states`])(
    "%s refuses a cursor that is not its own",
    async (path) => {
      for (const cursor of ["***", "bm90IG1pbmU", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"]) {
        expect({ cursor, ...(await failure(`${path}?cursor=${cursor}`)) }).toMatchObject({
          cursor,
          status: 400,
          code: "cursor_invalid",
          field: "cursor",
        });
      }
    },
  );

  it.each(["/lines", line, unit, signal, "/sources", "/brand", "/brands"])(
    "%s refuses a parameter that it does not have",
    async (path) => {
      expect(await failure(`${path}?colour=red`)).toMatchObject({
        status: 400,
        code: "parameter_invalid",
        field: "colour",
      });
    },
  );

  it("has one form, whatever is asked", async () => {
    const paths = fc.oneof(
      fc.webPath().filter((path) => !path.includes("..")),
      fc
        .tuple(fc.constantFrom(...ranged, "/signals"), fc.webQueryParameters())
        .map(([path, query]) => `${path}?${query}`),
      fc.string({ maxLength: 400 }).map((text) => `/lines/${encodeURIComponent(text)}`),
      fc.constantFrom("/lines/%", "/lines/%E0%A4%A", `/signals/${"x".repeat(3_000)}`, "/lines/%00"),
    );
    await fc.assert(
      fc.asyncProperty(paths, async (path) => {
        const { status, body } = await get(path);
        expect(status).toBeLessThan(500);
        expect(status < 400 || apiError.safeParse(body).success).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("also for a method that no path has", async () => {
    const response = await fetch(`${edge.url}/api/v1/lines`, { method: "DELETE" });
    expect(response.status).toBe(404);
    expect(apiError.parse(await response.json()).error.code).toBe("path_unknown");
  });
});
