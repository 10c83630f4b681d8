import type { GatewayMapDeployment } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

let database: TestDatabase;
let edge: RunningEdge;

beforeAll(async () => {
  database = await openTestDatabase();
  edge = await startEdge({ pool: database.pool, clock: new TestClock(Date.now()) });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

const mapOf = (endpoint: string, gateway = "edge-1") => `version: 1
enterprise: acme
site: works
gateway: ${gateway}
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: press, name: Press }] }]
devices:
  - id: plc
    driver: modbus
    endpoint: ${endpoint}
    line: line-1
    tags: [{ signal: press/good, role: goodCount, address: "holding:0", type: uint16 }]
`;

async function ask(path: string, method = "GET", body?: unknown) {
  const response = await fetch(`${edge.url}/api/v1/gateways/works/${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("a map that is deployed", () => {
  it("is kept as a new revision, with what changed; the same again is none", async () => {
    const text = mapOf("tcp://10.0.0.1:502");
    const first = await ask("edge-1/map", "PUT", { text, note: "first", expectedRevision: 0 });
    expect(first).toEqual({ status: 200, body: { result: "deployed", revision: 1, diff: [] } });
    const dry = { text: mapOf("tcp://10.0.0.2:502"), dryRun: true };
    const diff = ["~ device plc", "  ~ endpoint tcp://10.0.0.1:502 -> tcp://10.0.0.2:502"];
    expect((await ask("edge-1/map", "PUT", dry)).body).toEqual({
      result: "dryRun",
      revision: 1,
      diff,
    } satisfies GatewayMapDeployment);
    const second = await ask("edge-1/map", "PUT", { ...dry, dryRun: false, expectedRevision: 1 });
    expect(second.body).toEqual({ result: "deployed", revision: 2, diff });
    expect((await ask("edge-1/map", "PUT", { text: dry.text })).body).toMatchObject({
      result: "unchanged",
      revision: 2,
    });
    expect((await ask("edge-1/map")).body).toMatchObject({ revision: 2, text: dry.text, note: "" });
    expect((await ask("edge-1/map/revisions/1")).body).toMatchObject({ text, note: "first" });
  });

  it("is reverted by deploying an earlier revision as a new one", async () => {
    expect((await ask("edge-1/map/revert", "POST", { revision: 1 })).body).toMatchObject({
      result: "deployed",
      revision: 3,
    });
    const page = (await ask("edge-1/map/revisions?limit=2")).body as {
      items: { revision: number; note: string }[];
      nextCursor: string;
    };
    expect(page.items.map(({ revision, note }) => [revision, note])).toEqual([
      [3, "as revision 1"],
      [2, ""],
    ]);
    const rest = (await ask(`edge-1/map/revisions?cursor=${page.nextCursor}`)).body;
    expect(rest).toMatchObject({ items: [{ revision: 1 }] });
  });

  it("is refused with every problem at its line", async () => {
    const text = mapOf("tcp://10.0.0.1:502").replace("uint16", "uint17").replace("works", "other");
    const { status, body } = await ask("edge-1/map", "PUT", { text });
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { code: "map_invalid", field: "text" } });
    const { problems } = body["error"] as { problems: string[] };
    expect(problems).toEqual([
      expect.stringMatching(/^map:11:\d+ devices\[0\]\.tags\[0\]\.type: is "uint17"/),
    ]);
    const foreign = await ask("edge-1/map", "PUT", { text: mapOf("tcp://10.0.0.1:502", "edge-2") });
    expect(JSON.stringify(foreign.body)).toContain("this is the map of works/edge-1");
  });

  it("is refused if somebody else has deployed since", async () => {
    const stale = { text: mapOf("tcp://10.0.0.3:502"), expectedRevision: 1 };
    expect(await ask("edge-1/map", "PUT", stale)).toMatchObject({
      status: 409,
      body: { error: { code: "map_overtaken", field: "expectedRevision" } },
    });
  });

  it("is not known of a gateway that runs by its own file, nor is a revision that never was", async () => {
    expect(await ask("edge-9/map")).toMatchObject({
      status: 404,
      body: { error: { code: "map_unknown" } },
    });
    expect((await ask("edge-1/map/revisions/99")).status).toBe(404);
    expect((await ask("edge-1/map/revert", "POST", { revision: 99 })).status).toBe(404);
    expect((await ask("Edge 1/map")).status).toBe(400);
  });
});
