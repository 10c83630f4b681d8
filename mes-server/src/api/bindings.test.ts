import { signalBinding, unboundSignal } from "@only-mes/protocols/console/plant";
import { listOf } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveCounts, givePlant, giveSamples, giveStates } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { loadDirtyWindows } from "../store/loadDirtyWindows.ts";
import { readSignalBinding } from "../store/readSignalBinding.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const minuteMs = 60_000;
const good = "bottling-1.packer.good-count";
const state = "bottling-1.packer.state";
const analog = "bottling-1.packer.temperature";

let database: TestDatabase;
let edge: RunningEdge;

beforeAll(async () => {
  database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  await pool.query("INSERT INTO line_fold (line) SELECT id FROM line");
  await giveSamples(pool, [
    { signal: good, atMs: nowMs - 90 * minuteMs, value: 5 },
    { signal: good, atMs: nowMs - 30 * minuteMs, value: 12 },
    { signal: state, atMs: nowMs - 60 * minuteMs, value: 6 },
  ]);
  const unit = "bottling-1.packer";
  await giveCounts(pool, [
    { unit, role: "goodCount", atMs: nowMs - 30 * minuteMs, delta: 7, kind: "step" },
  ]);
  await giveStates(pool, [
    { unit, state: "Held", fromMs: nowMs - 120 * minuteMs, toMs: nowMs - 60 * minuteMs },
    { unit, state: "Execute", fromMs: nowMs - 60 * minuteMs, toMs: null },
  ]);
  edge = await startEdge({ pool, clock: new TestClock(nowMs) });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

let commands = 0;

async function ask(
  path: string,
  method = "GET",
  body?: object,
): Promise<{ status: number; body: unknown }> {
  commands += 1;
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ commandId: `command-${commands}`, actor: "badge:1", ...body }),
    }),
  });
  return { status: response.status, body: await response.json() };
}

const bind = (signal: string, body: object) => ask(`/signals/${signal}/binding`, "PUT", body);

async function rowsOf(table: "count_event" | "state_interval", unit: string): Promise<unknown[]> {
  const { rows } = await database.pool.query(`SELECT * FROM ${table} WHERE unit = $1`, [unit]);
  return rows;
}

describe("a signal that is bound", () => {
  it("moves to its unit with all that it counted, which is folded again", async () => {
    const { status, body } = await bind(good, {
      equipment: "bottling-1.filler",
      role: "scrapCount",
      counterBits: 16,
    });
    expect(status).toBe(200);
    const bound = signalBinding.parse(body);
    expect(bound).toMatchObject({
      equipment: "bottling-1.filler",
      role: "scrapCount",
      bound: { at: "2026-11-23T08:00:00.000Z", version: 1 },
      born: { unit: { id: "packer" }, role: "goodCount" },
      definition: { unit: { id: "filler", pacesLine: true }, counterBits: 16, name: "good-count" },
    });
    expect(await rowsOf("count_event", "bottling-1.packer")).toEqual([]);
    const { key = 0 } = (await readSignalBinding(database.pool, good)) ?? {};
    const client = await database.pool.connect();
    try {
      expect(await loadDirtyWindows(client, [key])).toEqual([key]);
    } finally {
      client.release();
    }
    const dirty = await database.pool.query(
      "SELECT line FROM dirty_hour WHERE line = 'bottling-1' AND hour >= '2026-11-23T06:00Z' AND hour <= '2026-11-23T08:00Z'",
    );
    expect(dirty.rows).toEqual([1, 2, 3].map(() => ({ line: "bottling-1" })));
    const folds = await database.pool.query(
      "SELECT revision::int FROM line_fold WHERE line = 'bottling-1'",
    );
    expect(folds.rows).toEqual([{ revision: 1 }]);
    const events = await database.pool.query(
      "SELECT kind, equipment, data FROM outbox WHERE kind LIKE 'signal.%'",
    );
    expect(events.rows).toEqual([
      {
        kind: "signal.bound",
        equipment: "bottling-1.filler",
        data: {
          signal: good,
          role: "scrapCount",
          before: { unit: "bottling-1.packer", role: "goodCount" },
        },
      },
    ]);
  });

  it("is shown where it is now", async () => {
    const { body } = await ask(`/signals?unit=bottling-1.filler&role=scrapCount`);
    const { items } = body as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(["bottling-1.filler.scrap-count", good]);
  });

  it("is overtaken by whoever has seen another version", async () => {
    const wanted = { equipment: "bottling-1.packer", role: "analog", expectedVersion: 0 };
    expect(await bind(good, wanted)).toMatchObject({
      status: 409,
      body: { error: { code: "version_overtaken", field: "expectedVersion" } },
    });
  });

  it("is left to its birth again", async () => {
    const path = `/signals/${good}/binding`;
    const { status, body } = await ask(path, "DELETE", { expectedVersion: 1 });
    expect(status).toBe(200);
    expect(signalBinding.parse(body)).toMatchObject({
      equipment: "bottling-1.packer",
      role: "goodCount",
      bound: null,
    });
    expect(await ask(path, "DELETE", {})).toMatchObject({
      status: 404,
      body: { error: { code: "binding_unknown" } },
    });
    expect((await ask(path)).body).toEqual(body);
  });

  it("takes the states that it made away from its unit, and no others", async () => {
    await bind(state, { equipment: "bottling-1.packer", role: "status" });
    expect(await rowsOf("state_interval", "bottling-1.packer")).toMatchObject([
      { state: "Held", to_ts: new Date(nowMs - 60 * minuteMs) },
    ]);
  });
});

describe("a binding is refused", () => {
  const filler = "bottling-1.filler";
  it.each([
    [analog, { equipment: filler, role: "goodCount" }, 422, "binding_unfit", "role"],
    [good, { equipment: filler, role: "machineState" }, 422, "binding_unfit", "states"],
    [good, { equipment: filler, role: "goodCount", states: {} }, 422, "binding_unfit", "states"],
    [
      good,
      { equipment: filler, role: "analog", counterBits: 16 },
      422,
      "binding_unfit",
      "counterBits",
    ],
    [
      good,
      { equipment: filler, role: "analog", maxRatePerSecond: 1 },
      422,
      "binding_unfit",
      "maxRatePerSecond",
    ],
    [
      good,
      { equipment: "stamping-1.press-a", role: "goodCount" },
      422,
      "binding_unit_unfit",
      "equipment",
    ],
    [
      good,
      { equipment: "bottling-1.mixer", role: "goodCount" },
      404,
      "equipment_unknown",
      "equipment",
    ],
    [good, { equipment: "bottling-1", role: "goodCount" }, 404, "equipment_unknown", "equipment"],
    [
      good,
      { equipment: filler, role: "machineState", states: { 1: "Execute" } },
      409,
      "unit_state_taken",
      "role",
    ],
    [
      good,
      { equipment: filler, role: "machineState", states: { x: "Execute" } },
      400,
      "body_invalid",
      "states.x",
    ],
    [good, { equipment: filler, role: "wish" }, 400, "body_invalid", "role"],
    [
      "bottling-1.filler.nothing",
      { equipment: filler, role: "analog" },
      404,
      "signal_unknown",
      "id",
    ],
  ])("%s as %j", async (signal, wanted, status, code, field) => {
    expect(await bind(signal, wanted)).toMatchObject({ status, body: { error: { code, field } } });
  });
});

describe("signals to be bound", () => {
  it("are those of units that nobody confirmed, and of units that lack a role", async () => {
    const { body } = await ask("/signals/unbound?unit=bottling-1.packer");
    const { items } = listOf(unboundSignal).parse(body);
    expect(items).toHaveLength(6);
    expect(items.every(({ reasons }) => reasons.includes("unitProvisional"))).toBe(true);
    await database.pool.query("UPDATE equipment SET source = 'model'");
    expect((await ask("/signals/unbound")).body).toEqual({ items: [] });
    await bind(good, { equipment: "bottling-1.packer", role: "analog" });
    await ask(`/signals/${state}/binding`, "DELETE", {});
    expect((await ask("/signals/unbound")).body).toEqual({ items: [] });
  });

  it("come in pages, and as CSV", async () => {
    await database.pool.query("UPDATE equipment SET source = 'birth'");
    const all = listOf(unboundSignal).parse((await ask("/signals/unbound")).body);
    const found: string[] = [];
    let cursor = "";
    for (let page = 0; page < 10; page += 1) {
      const { body } = await ask(`/signals/unbound?limit=7${cursor}`);
      const { items, nextCursor } = listOf(unboundSignal).parse(body);
      found.push(...items.map(({ signal }) => signal));
      if (nextCursor === undefined) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(found).toEqual(all.items.map(({ signal }) => signal));
    const csv = await (await fetch(`${edge.url}/api/v1/signals/unbound?format=csv`)).text();
    expect(csv.split("\r\n")).toHaveLength(all.items.length + 2);
  });
});
