import { line as lineSchema, listOf } from "@only-mes/protocols/console/http";
import {
  lineRule,
  lineStateInterval,
  lineWait,
  reasonTree,
  reasonTreePut,
  stop,
  stopEdit,
  stopEdited,
  type StopItem,
} from "@only-mes/protocols/console/stops";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { z } from "zod";
import { givePlant, giveStates } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const clock = new TestClock(at("12:00"));
const filler = "bottling-1.filler";
const packer = "bottling-1.packer";

let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  const state = (
    unit: string,
    state: "Execute" | "Held" | "Suspended",
    from: string,
    to?: string,
  ) => ({
    unit,
    state,
    fromMs: at(from),
    toMs: to === undefined ? null : at(to),
  });
  await giveStates(database.pool, [
    state(filler, "Execute", "00:00", "06:00"),
    state(filler, "Held", "06:00", "06:30"),
    state(filler, "Execute", "06:30", "06:32"),
    state(filler, "Held", "06:32", "06:34"),
    state(filler, "Execute", "06:34", "08:00"),
    state(filler, "Suspended", "08:00", "08:20"),
    state(filler, "Execute", "08:20", "11:50"),
    state(filler, "Held", "11:50"),
    state(packer, "Execute", "00:00", "07:59"),
    state(packer, "Held", "07:59", "08:15"),
    state(packer, "Execute", "08:15"),
  ]);
  edge = await startEdge({ pool: database.pool, clock });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

function at(time: string): number {
  return Date.parse(`2026-11-23T${time}:00Z`);
}

function iso(time: string): string {
  return new Date(at(time)).toISOString();
}

async function read<Schema extends z.ZodType>(path: string, schema: Schema) {
  const response = await fetch(`${edge.url}/api/v1${path}`);
  const body = await response.json();
  expect(body).not.toHaveProperty("error");
  return schema.parse(body);
}

async function send(method: "POST" | "PUT", path: string, body: object) {
  commands += 1;
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ actor: "badge:1", commandId: `command-${commands}`, ...body }),
  });
  return { status: response.status, body: await response.json() };
}

async function done<Schema extends z.ZodType>(
  method: "POST" | "PUT",
  path: string,
  body: object,
  schema: Schema,
) {
  const answer = await send(method, path, body);
  expect(answer.body).not.toHaveProperty("error");
  return schema.parse(answer.body);
}

async function refused(path: string, body: object, method: "POST" | "PUT" = "POST") {
  const answer = await send(method, path, body);
  return (answer.body as { error: { code: string } }).error.code;
}

const day = `from=${iso("00:00")}&to=${iso("12:00")}`;

async function stopsOf(query: string): Promise<string[]> {
  return (await read(`/stops?${day}&${query}`, listOf(stop))).items.map(shown);
}

function shown({ from, to, reason, lossClass }: StopItem): string {
  return `${from.slice(11, 16)}-${to?.slice(11, 16) ?? ""} ${reason?.code ?? lossClass}`;
}

describe("stops", () => {
  it("are listed, the newest first, and filtered", async () => {
    expect(await stopsOf(`unit=${filler}`)).toEqual([
      "11:50- unassigned",
      "08:00-08:20 blocked",
      "06:32-06:34 minorStop",
      "06:00-06:30 unassigned",
    ]);
    expect(await stopsOf(`unit=${filler}&assigned=false`)).toEqual([
      "11:50- unassigned",
      "06:00-06:30 unassigned",
    ]);
    expect(await stopsOf(`unit=${filler}&open=true`)).toEqual(["11:50- unassigned"]);
    expect(await stopsOf(`unit=${filler}&microstop=true`)).toEqual(["06:32-06:34 minorStop"]);
    expect(await stopsOf(`unit=${filler}&minDuration=1500`)).toEqual(["06:00-06:30 unassigned"]);
    expect(await stopsOf("line=bottling-1")).toContain("08:00-08:20 blocked");
    expect(await stopsOf("line=bottling-1&units=true&lossClass=unassigned")).toContain(
      "07:59-08:15 unassigned",
    );
  });

  it("come in pages that together are the whole, over days too", async () => {
    const range = `from=2026-11-20T00:00:00Z&to=${iso("12:00")}&units=true`;
    const whole = await read(`/stops?${range}`, listOf(stop));
    const found: StopItem[] = [];
    for (let cursor = "", page = 0; page < 20; page += 1) {
      const answer = await read(`/stops?${range}&limit=2${cursor}`, listOf(stop));
      found.push(...answer.items);
      if (answer.nextCursor === undefined) break;
      cursor = `&cursor=${answer.nextCursor}`;
    }
    expect(found).toEqual(whole.items);
    expect(new Set(found.map(({ id }) => id)).size).toBe(9);
  });

  it("are had as CSV", async () => {
    const response = await fetch(`${edge.url}/api/v1/stops?${day}&unit=${packer}&format=csv`);
    expect(await response.text()).toMatch(
      /^equipment,from,to,duration_s,.*\r\nbottling-1\.packer,2026-11-23T07:59:00\.000Z,2026-11-23T08:15:00\.000Z,960,/,
    );
  });
});

describe("edits of stops", () => {
  it("give a reason, cut, join and take back, and nothing of it is lost", async () => {
    await database.pool.query("DELETE FROM dirty_hour");
    const whole = { equipment: filler, from: iso("06:00"), to: iso("06:30") };
    await done("POST", "/stops/reason", { ...whole, reason: "jam" }, stopEdited);
    const cut = { equipment: filler, at: iso("06:10") };
    const { edit: cutting, stops } = await done("POST", "/stops/split", cut, stopEdited);
    expect(stops.map(shown)).toEqual(["06:00-06:10 jam", "06:10-06:30 jam"]);
    const second = { ...whole, from: iso("06:10"), reason: "breakdown-mechanical" };
    await done("POST", "/stops/reason", second, stopEdited);
    const join = { equipment: filler, from: iso("06:10"), to: iso("06:34") };
    const joined = await done("POST", "/stops/merge", join, stopEdited);
    expect(joined.stops.map(shown)).toEqual([
      "06:00-06:10 jam",
      "06:10-06:34 breakdown-mechanical",
    ]);
    expect(joined.stops[1]).toMatchObject({
      durationMs: 22 * 60_000,
      parts: [{ to: iso("06:30") }, { from: iso("06:32") }],
      lossClass: "breakdown",
      reason: { name: "Mechanical breakdown" },
    });
    const { edit: undo } = await done("POST", "/stops/undo", { edit: joined.edit }, stopEdited);
    expect(await stopsOf(`unit=${filler}`)).toEqual([
      "11:50- unassigned",
      "08:00-08:20 blocked",
      "06:32-06:34 minorStop",
      "06:10-06:30 breakdown-mechanical",
      "06:00-06:10 jam",
    ]);
    expect(await refused("/stops/undo", { edit: joined.edit })).toBe("stop_edit_undone");
    await done("POST", "/stops/undo", { edit: undo }, stopEdited);
    expect(await stopsOf(`unit=${filler}&reason=breakdown-mechanical`)).toEqual([
      "06:10-06:34 breakdown-mechanical",
    ]);
    expect(await stopsOf("line=bottling-1&reason=jam")).toEqual(["06:00-06:10 jam"]);

    const range = `from=${iso("11:59")}&to=${iso("12:01")}`;
    const { items } = await read(`/stops/edits?${range}&equipment=bottling-1`, listOf(stopEdit));
    expect(items.map(({ kind, isInForce }) => [kind, isInForce])).toHaveLength(6);
    expect(items.find(({ id }) => id === undo)).toMatchObject({ kind: "undo", isInForce: false });
    expect(items.find(({ id }) => id === cutting)).toMatchObject({
      kind: "split",
      isInForce: true,
    });
  });

  it("mark the hours that they touch, and are told outside", async () => {
    const { rows } = await database.pool.query(
      "SELECT DISTINCT extract(hour FROM hour AT TIME ZONE 'UTC')::int AS hour FROM dirty_hour WHERE line = 'bottling-1'",
    );
    expect(rows).toEqual([{ hour: 6 }]);
    const { rows: events } = await database.pool.query(
      "SELECT kind, equipment FROM outbox WHERE kind LIKE 'stop.%' ORDER BY id",
    );
    expect(events.map(({ kind }: { kind: string }) => kind)).toEqual([
      "stop.reasonAssigned",
      "stop.split",
      "stop.reasonAssigned",
      "stop.merged",
      "stop.editUndone",
      "stop.editUndone",
    ]);
  });

  it("given while a stop lasts hold to its end", async () => {
    const open = { equipment: filler, from: iso("11:50"), to: null, reason: "material-missing" };
    const { stops } = await done("POST", "/stops/reason", open, stopEdited);
    expect(stops.map(shown)).toEqual(["11:50- material-missing"]);
  });

  it("are seen as they were believed at a time", async () => {
    const then = `knownAt=${iso("11:55")}`;
    expect(await stopsOf(`unit=${filler}&${then}`)).toContain("06:00-06:30 unassigned");
  });

  it("are refused, each for its own reason", async () => {
    const whole = { equipment: filler, from: iso("06:00"), to: iso("06:30"), reason: "jam" };
    expect(await refused("/stops/reason", { ...whole, reason: "gremlins" })).toBe("reason_unknown");
    expect(await refused("/stops/reason", { ...whole, equipment: "nowhere" })).toBe("line_unknown");
    expect(await refused("/stops/reason", { ...whole, equipment: "a.b" })).toBe("unit_unknown");
    const running = { ...whole, from: iso("05:00"), to: iso("05:30") };
    expect(await refused("/stops/reason", running)).toBe("stop_unknown");
    expect(await refused("/stops/reason", { ...whole, to: iso("05:30") })).toBe("range_reversed");
    expect(await refused("/stops/reason", { ...whole, expectedVersion: 0 })).toBe(
      "version_overtaken",
    );
    const cut = { equipment: filler, at: iso("06:31") };
    expect(await refused("/stops/split", cut)).toBe("split_outside_stop");
    expect(await refused("/stops/split", { ...cut, at: iso("06:00") })).toBe("split_outside_stop");
    const join = { equipment: filler, from: iso("08:00"), to: iso("08:20") };
    expect(await refused("/stops/merge", join)).toBe("merge_of_one");
    expect(await refused("/stops/merge", { ...join, from: iso("06:00") })).toBe("merge_apart");
    expect(await refused("/stops/undo", { edit: "no-such-edit" })).toBe("stop_edit_unknown");
  });

  it("of a closed period are refused", async () => {
    await lockUntil("stamping-1", "07:00");
    await giveStates(database.pool, [
      { unit: "stamping-1.press-a", state: "Held", fromMs: at("05:00"), toMs: at("06:00") },
    ]);
    const closed = {
      equipment: "stamping-1.press-a",
      from: iso("05:00"),
      to: iso("06:00"),
      reason: "jam",
    };
    expect(await refused("/stops/reason", closed)).toBe("period_locked");
  });
});

async function lockUntil(line: string, time: string): Promise<void> {
  await database.pool.query(
    "INSERT INTO period_lock (equipment, until_ts, actor, closed_at) VALUES ($1, $2, 'badge:2', $2)",
    [line, new Date(at(time))],
  );
}

describe("the reason tree", () => {
  it("has versions; what is retired keeps its name and is not given any more", async () => {
    const built = await read("/reason-tree", reasonTree);
    expect(built.version).toBe(0);
    const reasons = built.reasons.map((reason) =>
      reason.code === "jam" ? { ...reason, isRetired: true, name: "Jam (old)" } : reason,
    );
    const wanted = {
      reasons: [
        ...reasons,
        { code: "glue", name: "Glue", lossClass: "material", equipment: ["x"] },
      ],
      stopCodes: [{ code: 20, reason: "breakdown-mechanical" }],
      expectedVersion: 0,
      occurredAt: iso("06:59"),
    };
    expect(await refused("/reason-tree", wanted, "PUT")).toBe(
      "period_locked".slice(0, 0) || "period_locked",
    );
    const free = { ...wanted, occurredAt: iso("07:30") };
    const dry = await done("PUT", "/reason-tree", { ...free, dryRun: true }, reasonTreePut);
    expect(dry).toMatchObject({ version: 0, result: "dryRun" });
    expect(dry.diff).toEqual([
      '~ reason jam: name "Jam" -> "Jam (old)"',
      "~ reason jam: isRetired false -> true",
      "+ reason glue",
      "+ stop code 20 of everything",
    ]);
    expect(await done("PUT", "/reason-tree", free, reasonTreePut)).toMatchObject({ version: 1 });
    expect(await refused("/reason-tree", free, "PUT")).toBe("version_overtaken");
    const whole = { equipment: filler, from: iso("06:00"), to: iso("06:10") };
    expect(await refused("/stops/reason", { ...whole, reason: "jam" })).toBe("reason_retired");
    expect(await refused("/stops/reason", { ...whole, reason: "glue" })).toBe("reason_not_here");
    const { items } = await read(`/stops?${day}&unit=${filler}&reason=jam`, listOf(stop));
    expect(items[0]?.reason).toEqual({ code: "jam", name: "Jam" });
    expect((await read("/reason-tree?version=0", reasonTree)).version).toBe(0);
    expect(await read(`/reason-tree?at=${iso("07:00")}`, reasonTree)).toMatchObject({ version: 0 });
    expect((await send("PUT", "/reason-tree", { reasons: [] })).status).toBe(400);
  });

  it("is refused with everything that is wrong with it", async () => {
    const bad = {
      reasons: [
        { code: "a", name: "A", lossClass: "setup", parent: "b" },
        { code: "b", name: "B", lossClass: "setup", parent: "a" },
        { code: "b", name: "B", lossClass: "setup", parent: "c" },
      ],
      stopCodes: [{ code: 0, reason: "d" }],
    };
    const { body } = await send("PUT", "/reason-tree", bad);
    const { error } = body as { error: { code: string; problems: string[] } };
    expect(error.code).toBe("reason_tree_invalid");
    expect(error.problems).toEqual(
      expect.arrayContaining([
        'reason "b" is there twice',
        'the parent "c" of reason "b" is not in the tree',
        'reason "d" of stop code 0 is not there',
      ]),
    );
    const response = await fetch(`${edge.url}/api/v1/reason-tree?version=9`);
    expect(response.status).toBe(404);
  });

  it("stands for stop codes of devices", async () => {
    const { pool } = database;
    const { rows } = await pool.query<{ key: number }>(
      `INSERT INTO signal (key, id, unit, source, device, metric, datatype, definition)
       OVERRIDING SYSTEM VALUE
       SELECT 1000, unit || '.stop-code', unit, source, device, 'filler/stop-code', 3,
              definition || '{"name": "stop-code", "role": "stopCode"}'
         FROM signal WHERE id = 'bottling-1.filler.state' RETURNING key`,
    );
    await pool.query(
      "INSERT INTO device_code (signal, ts, code) VALUES ($1, $2, 0), ($1, $3, 20)",
      [rows[0]?.key, new Date(at("07:50")), new Date(at("08:00") + 900)],
    );
    expect(await stopsOf(`unit=${filler}`)).toContain("08:00-08:20 breakdown-mechanical");
    expect(await stopsOf("line=bottling-1")).toContain("08:00-08:20 breakdown-mechanical");
  });
});

describe("rules of a line", () => {
  it("make its state and its stops from a date on", async () => {
    const wanted = {
      from: iso("06:31"),
      microstopMs: 60_000,
      bottleneck: { units: [filler, packer], combine: "series" },
    };
    const { items } = await done("PUT", "/lines/bottling-1/rules", wanted, listOf(lineRule));
    expect(items).toMatchObject([
      { version: 0, from: null, to: iso("06:31"), microstopMs: 300_000 },
      { version: 1, from: iso("06:31"), to: null, bottleneck: { combine: "series" } },
    ]);
    expect(await stopsOf("line=bottling-1&minDuration=1200")).toContain("07:59-08:20 unassigned");
    expect(await refused("/lines/bottling-1/rules", { bottleneck: { units: ["x"] } }, "PUT")).toBe(
      "line_rule_unit_unknown",
    );
    expect(await refused("/lines/bottling-1/rules", { microstopMs: 3_600_001 }, "PUT")).toBe(
      "body_invalid",
    );
    expect(await refused("/lines/bottling-1/rules", { ...wanted, expectedVersion: 7 }, "PUT")).toBe(
      "version_overtaken",
    );
  });

  it("tell who waited for whom", async () => {
    const { items } = await read(`/lines/bottling-1/waits?${day}`, listOf(lineWait));
    expect(items).toEqual([
      { unit: filler, kind: "blocked", position: 1, from: iso("08:00"), to: iso("08:15") },
    ]);
    const states = await read(`/lines/stamping-1/states?${day}`, listOf(lineStateInterval));
    expect(states.items).toEqual([{ state: "Held", from: iso("05:00"), to: iso("06:00") }]);
    const series = await read(`/lines/bottling-1/states?${day}`, listOf(lineStateInterval));
    expect(series.items.slice(-4)).toMatchObject([
      { state: "Held", from: iso("07:59"), to: iso("08:15") },
      { state: "Suspended", from: iso("08:15"), to: iso("08:20") },
      { state: "Execute", to: iso("11:50") },
      { state: "Held", to: null },
    ]);
  });

  it("make its picture too, at once", async () => {
    const state = async () => (await read("/lines/bottling-1", lineSchema)).state;
    expect(await state()).toBe("Held");
    const wanted = { bottleneck: { units: [packer] } };
    await done("PUT", "/lines/bottling-1/rules", wanted, listOf(lineRule));
    await vi.waitUntil(async () => (await state()) === "Execute", { timeout: 20_000 });
  });
});
