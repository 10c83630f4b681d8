import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { answerList, csvLine } from "./csv.ts";

describe("a line of CSV", () => {
  test.each([
    [["a", 1, true, null, undefined, -2.5], "a,1,true,,,-2.5"],
    [
      ['say "no"', "a,b", "a;b", "a\tb", "two\r\nlines", ""],
      '"say ""no""","a,b","a;b","a\tb","two\r\nlines",',
    ],
    [["=1+1", "+x", "-x", "@sum"], "'=1+1,'+x,'-x,'@sum"],
    [["\tx", "\rx", "\nx"], `"'\tx","'\rx","'\nx"`],
    [["=a,b"], `"'=a,b"`],
    [["-4", "+4.5", "-1e-7", "-1e", "--4", "-", "+"], "-4,+4.5,-1e-7,'-1e,'--4,'-,'+"],
    [["a=b", "grün", "'quoted'"], "a=b,grün,'quoted'"],
  ])("of %j is %j", (cells, line) => {
    expect(csvLine(cells, ",")).toBe(`${line}\r\n`);
  });

  test("keeps its cells whichever delimiter it is read with", () => {
    expect(csvLine(["a;b", "c,d", "e"], ";")).toBe('"a;b";"c,d";e\r\n');
  });
});

describe("a list as CSV", () => {
  let database: TestDatabase;
  let edge: RunningEdge;

  beforeAll(async () => {
    database = await openTestDatabase();
    await database.pool.query(
      `INSERT INTO dead_letter (at, source, topic, reason, detail, payload)
       SELECT to_timestamp(n), 'lakeside/hall-1', 'spBv1.0/x', 'payload-undecodable',
              CASE n WHEN 1 THEN '=cmd|''/c calc''!A1' ELSE 'letter ' || n END, '\\x0102'
         FROM generate_series(1, 1203) n`,
    );
    edge = await startEdge({ pool: database.pool, clock: new TestClock(2_000_000) });
  });
  afterAll(async () => {
    await edge.close();
    await database.close();
  });

  const get = (query: string): Promise<Response> =>
    fetch(`${edge.url}/api/v1/dead-letters?${query}`);

  it("is the whole of it, whatever the limit, as a file with a name", async () => {
    const response = await get("format=csv&limit=3");
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toBe(
      'attachment; filename="dead-letters.csv"',
    );
    const lines = (await response.text()).split("\r\n");
    expect(lines).toHaveLength(1 + 1203 + 1);
    expect(lines[0]).toBe("id,at,source,topic,reason,detail,repeats,payload_bytes");
    expect(lines[1]).toMatch(/^\d+,1970-01-01T00:20:03.000Z,lakeside\/hall-1,.*,letter 1203,0,2$/);
    expect(lines[1203]).toContain(",'=cmd|'/c calc'!A1,");
    expect(lines[1204]).toBe("");
  });

  it("has a byte order mark and another delimiter where it is asked for", async () => {
    const bytes = new Uint8Array(await (await get("format=csv&bom=1&delimiter=;")).arrayBuffer());
    expect(Buffer.from(bytes.slice(0, 6)).toString("latin1")).toBe("\xEF\xBB\xBFid;");
  });

  it("begins at a cursor", async () => {
    const page = (await (await get("limit=1200")).json()) as { error: { field: string } };
    expect(page.error.field).toBe("limit");
    const { nextCursor } = (await (await get("limit=500")).json()) as { nextCursor: string };
    const text = await (await get(`format=csv&cursor=${nextCursor}`)).text();
    expect(text.split("\r\n")).toHaveLength(1 + 703 + 1);
  });

  it.each(["format=xlsx", "format=csv&delimiter=|", "format=csv&cursor=!"])(
    "is refused as any list: %s",
    async (query) => {
      const response = await get(query);
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toContain("application/json");
    },
  );

  it("breaks off where a later page fails", async () => {
    const app = fastify();
    app.get("/list", async (_, reply) =>
      answerList(
        reply,
        { format: "csv", delimiter: ",", bom: "0" },
        { name: "list", columns: { n: (n: number) => n } },
        async ({ cursor }) => {
          if (cursor !== undefined) throw new Error("the second page");
          return { items: [1, 2, 3], nextCursor: "2" };
        },
      ),
    );
    const response = await fetch(`${await app.listen({ host: "127.0.0.1", port: 0 })}/list`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
    await app.close();
  });

  it("is described by OpenAPI in both forms", async () => {
    const response = await fetch(`${edge.url}/api/openapi.json`);
    expect(await response.json()).toMatchObject({
      paths: {
        "/api/v1/dead-letters": {
          get: { responses: { 200: { content: { "application/json": {}, "text/csv": {} } } } },
        },
      },
    });
  });
});
