import { readFileSync } from "node:fs";
import { plantModelImport } from "@only-mes/protocols/console/plant";
import { listOf, line as lineSchema } from "@only-mes/protocols/console/http";
import { signalDefinition, type SignalDefinition } from "@only-mes/protocols/plant/signal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { loadSignals } from "../store/loadSignals.ts";
import { saveBirth } from "../store/saveBirth.ts";
import { transaction } from "../store/transaction.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const lakeside = readFileSync(
  new URL("../../../whole-plant/plant-models/lakeside.yaml", import.meta.url),
  "utf8",
);

let database: TestDatabase;
let edge: RunningEdge;
let clock: TestClock;

beforeAll(async () => {
  database = await openTestDatabase();
  clock = new TestClock(nowMs);
  edge = await startEdge({ pool: database.pool, clock });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

let commands = 0;

async function put(text: string, more: object = {}): Promise<{ status: number; body: unknown }> {
  commands += 1;
  const response = await fetch(`${edge.url}/api/v1/plant-model`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ commandId: `command-${commands}`, actor: "badge:1", text, ...more }),
  });
  return { status: response.status, body: await response.json() };
}

async function imported(text: string, more: object = {}) {
  const { status, body } = await put(text, more);
  expect({ status, body }).toMatchObject({ status: 200 });
  return plantModelImport.parse(body);
}

async function exported(): Promise<string> {
  const response = await fetch(`${edge.url}/api/v1/plant-model`);
  expect(response.headers.get("content-type")).toBe("text/yaml; charset=utf-8");
  return response.text();
}

/** A birth of one signal, as the gateway would tell it. */
async function bear(changes: {
  line?: Partial<SignalDefinition["line"]>;
  unit?: Partial<SignalDefinition["unit"]>;
}): Promise<void> {
  const definition = signalDefinition.parse({
    line: {
      id: "bottling-1",
      name: "Line as born",
      enterprise: "northwind",
      site: "lakeside",
      area: "hall-9",
      ...changes.line,
    },
    unit: { id: "filler", name: "Unit as born", position: 7, ...changes.unit },
    name: "level",
    role: "analog",
    periodMs: 1000,
    heartbeatMs: 10_000,
  });
  const metrics = [{ name: `${definition.unit.id}/level`, datatype: 10, definition }];
  await transaction(database.pool, (tx) =>
    saveBirth(tx, { source: "lakeside/edge-1", device: "plc", metrics, atMs: clock.nowMs }),
  );
  edge.listener.onSignals(await loadSignals(database.pool));
}

async function equipment(query = ""): Promise<{ id: string; [field: string]: unknown }[]> {
  const response = await fetch(`${edge.url}/api/v1/equipment${query}`);
  return ((await response.json()) as { items: { id: string }[] }).items;
}

describe("a plant model", () => {
  it("shows what births have told, as nobody has confirmed it yet", async () => {
    await bear({});
    expect(await exported()).toBe(
      [
        "version: 1",
        "enterprises:",
        "  - id: northwind",
        "    name: northwind",
        "    provisional: true",
        "    sites:",
        "      - id: lakeside",
        "        name: lakeside",
        "        provisional: true",
        "        areas:",
        "          - id: hall-9",
        "            name: hall-9",
        "            provisional: true",
        "            lines:",
        "              - id: bottling-1",
        "                name: Line as born",
        "                provisional: true",
        "                units:",
        "                  - id: filler",
        "                    name: Unit as born",
        "                    provisional: true",
        "",
      ].join("\n"),
    );
    expect(await imported(await exported())).toMatchObject({ result: "unchanged", diff: [] });
  });

  it("says what a file would change, and changes nothing", async () => {
    const { result, diff } = await imported(lakeside, { dryRun: true });
    expect(result).toBe("dryRun");
    expect(diff).toContain('+ cell bottling-1.filling "Filling cell" under bottling-1');
    expect(diff).toContain(
      '~ site northwind/lakeside: confirmed; name "lakeside" -> "Lakeside"; zone none -> Europe/Berlin; ' +
        'attribute address none -> "Seestrasse 12"; attribute erp-plant none -> "1200"',
    );
    expect(diff).toContain(
      '~ line bottling-1: confirmed; name "Line as born" -> "Bottling 1"; attribute cost-centre none -> "4711"; ' +
        'under "northwind/lakeside/hall-9" -> "northwind/lakeside/beverages"',
    );
    expect(await imported(await exported())).toMatchObject({ result: "unchanged" });
  });

  it("is imported, and again without any change; so is its own export", async () => {
    expect(await imported(lakeside)).toMatchObject({ result: "imported" });
    expect(await imported(lakeside)).toMatchObject({ result: "unchanged", diff: [] });
    const text = await exported();
    expect(await imported(text)).toMatchObject({ result: "unchanged" });
    expect(await exported()).toBe(text);
    const events = await database.pool.query(
      "SELECT kind FROM outbox WHERE kind LIKE 'plantModel.%'",
    );
    expect(events.rows).toEqual([{ kind: "plantModel.imported" }]);
  });

  it("stands above births, and reaches whoever reads lines, units and signals", async () => {
    await bear({});
    const response = await fetch(`${edge.url}/api/v1/lines`);
    const { items } = listOf(lineSchema).parse(await response.json());
    expect(items).toMatchObject([
      {
        id: "bottling-1",
        name: "Bottling 1",
        area: "beverages",
        idealRatePerMinute: 240,
        units: [{ name: "Filler", position: 0 }],
      },
    ]);
    const { rows } = await database.pool.query(
      "SELECT name, position, paces_line FROM unit WHERE line = 'bottling-1' ORDER BY position",
    );
    expect(rows).toEqual([
      { name: "Filler", position: 0, paces_line: true },
      { name: "Capper", position: 1, paces_line: false },
      { name: "Labeller", position: 2, paces_line: false },
      { name: "Packer", position: 3, paces_line: false },
    ]);
    expect((await equipment("?provisional=true")).map(({ id }) => id)).toEqual([
      "northwind/lakeside/hall-9",
    ]);
  });

  it("lets births tell again what it no longer sets", async () => {
    await imported(lakeside.replace("                        position: 0\n", ""));
    const { rows } = await database.pool.query(
      "SELECT position FROM unit WHERE id = 'bottling-1.filler'",
    );
    expect(rows).toEqual([{ position: 7 }]);
  });

  it("has all hours of a line derived again when what its units are changes", async () => {
    const { pool } = database;
    await pool.query(
      "INSERT INTO kpi_hour (line, hour, edge_from, edge_to) VALUES ('bottling-1', '2026-03-01', '', '')",
    );
    await pool.query(
      "INSERT INTO line_recalculation (line, derived_to) VALUES ('bottling-1', '2026-03-02')",
    );
    const dirty = async (): Promise<unknown> =>
      (await pool.query("SELECT line, hour FROM dirty_hour")).rows;
    await imported(lakeside.replace("name: Filler", "name: Filler of cans"));
    await pool.query("DELETE FROM dirty_hour");
    await imported(lakeside);
    expect(await dirty()).toEqual([]);
    await imported(lakeside.replace("pacesLine: true", "pacesLine: false"));
    expect(await dirty()).toEqual([{ line: "bottling-1", hour: new Date("2026-03-01T00:00:00Z") }]);
    const { rows } = await pool.query("SELECT turn::int FROM line_recalculation");
    expect(rows).toEqual([{ turn: 2 }]);
    await imported(lakeside);
  });

  it("moves a line as of now, and keeps where it was", async () => {
    const packaging = lakeside
      .replace("id: press-shop", "id: metal-works")
      .replace("name: Press shop", "name: Metal works");
    clock.nowMs += 3_600_000;
    const { diff } = await imported(packaging);
    expect(diff).toContain(
      '~ line stamping-1: under "northwind/lakeside/press-shop" -> "northwind/lakeside/metal-works" from 2026-11-23T09:00:00.000Z',
    );
    const before = await equipment("?under=northwind/lakeside/press-shop&at=2026-03-15T00:00:00Z");
    expect(before.map(({ id }) => id)).toEqual([
      "stamping-1",
      "stamping-1.press-a",
      "stamping-1.press-b",
    ]);
    expect(await equipment("?under=northwind/lakeside/press-shop")).toEqual([]);
    expect(await imported(await exported())).toMatchObject({ result: "unchanged" });
  });

  it("is refused if somebody else has changed it since", async () => {
    const response = await fetch(`${edge.url}/api/v1/plant-model?format=json`);
    const version = Number(response.headers.get("plant-model-version"));
    expect(await put(lakeside, { expectedVersion: version - 1 })).toMatchObject({
      status: 409,
      body: { error: { code: "version_overtaken" } },
    });
  });
});

describe("a plant model is refused with every problem at its place", () => {
  const model = (lines: string): string =>
    `version: 1\nenterprises:\n  - id: northwind\n    sites:\n      - id: lakeside\n${lines}`;
  it.each([
    ["no YAML", "version: [", /^plant-model:1:\d+ the document: /],
    [
      "a zone that is none",
      model("        zone: Europe/Lakeside\n"),
      /^plant-model:6:15 enterprises\[0\]\.sites\[0\]\.zone: is "Europe\/Lakeside" \(allowed: must be an IANA/,
    ],
    [
      "an unknown key",
      model("        timezone: Europe/Berlin\n"),
      /^plant-model:6:9 enterprises\[0\]\.sites\[0\]\.timezone: unknown key "timezone" \(allowed: id, name/,
    ],
    [
      "an id twice",
      model("        areas: [{ id: a, lines: [{ id: x }, { id: x }] }]\n"),
      /^plant-model:6:\d+ enterprises\[0\]\.sites\[0\]\.areas\[0\]\.lines\[1\]\.id: "x" is the line "x" already/,
    ],
    [
      "a level that an id has not",
      model("        areas: [{ id: a, lines: [{ id: northwind }] }]\n"),
      /northwind" is the enterprise/,
    ],
    [
      "an unknown parent",
      model(
        "        areas: [{ id: a, lines: [{ id: x, since: 2026-02-01T00:00:00Z, earlier: [{ parent: nowhere, to: 2026-02-01T00:00:00Z }] }] }]\n",
      ),
      /lines\[0\]\.earlier: parent_unknown: There is no "nowhere"/,
    ],
    [
      "overlapping parents",
      model(
        "        areas: [{ id: a, lines: [{ id: x, since: 2026-01-01T00:00:00Z, earlier: [{ parent: northwind/lakeside/a, to: 2026-02-01T00:00:00Z }] }] }]\n",
      ),
      /lines\[0\]\.since: parents_overlap: /,
    ],
    [
      "a date to come",
      model("        areas: [{ id: a, lines: [{ id: x, since: 2027-01-01T00:00:00Z }] }]\n"),
      /lines\[0\]\.since: move_in_future: /,
    ],
    [
      "another past than the one that is kept",
      model(
        "        areas: [{ id: metal-works, lines: [{ id: stamping-1, since: 2026-01-01T00:00:00Z }] }]\n",
      ),
      /lines\[0\]\.earlier: parents_overlap: Its past is kept as "northwind\/lakeside\/press-shop" to/,
    ],
    [
      "something under what is retired",
      model("        areas: [{ id: b, retired: 2026-01-01T00:00:00Z, lines: [{ id: x }] }]\n"),
      /areas\[0\]\.retired: equipment_in_use: "x" lies under/,
    ],
  ])("%s", async (_, text, problem) => {
    const { status, body } = await put(text);
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { error: { code: "plant_model_invalid", field: "text" } },
    });
    const { problems } = (body as { error: { problems: string[] } }).error;
    expect(problems).toContainEqual(expect.stringMatching(problem));
  });
});
