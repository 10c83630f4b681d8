import { plannedDowntime } from "@only-mes/protocols/console/calendar";
import { apiError, listOf } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { readPlannedDowntimes } from "../store/readPlannedDowntimes.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const line = "bottling-1";

let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
});

beforeEach(async () => {
  await database.pool.query("TRUNCATE planned_downtime, planned_downtime_fact");
  await database.pool.query("DELETE FROM dirty_hour");
  await database.pool.query("DELETE FROM period_lock");
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

async function send(method: string, path: string, body?: object) {
  const response = await fetch(`${edge.url}/api/v1/planned-downtimes${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ commandId: `command-${(commands += 1)}`, actor: "badge:1", ...body }),
    }),
  });
  return { status: response.status, body: await response.json() };
}

async function done(method: string, path: string, body: object) {
  const { status, body: answer } = await send(method, path, body);
  expect({ status, answer: status === 200 ? null : answer }).toEqual({ status: 200, answer: null });
  return plannedDowntime.parse(answer);
}

async function refusal(method: string, path: string, body: object): Promise<[number, string]> {
  const { status, body: answer } = await send(method, path, body);
  return [status, apiError.parse(answer).error.code];
}

async function dirtyHours(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string; hour: Date }>(
    "DELETE FROM dirty_hour RETURNING line, hour",
  );
  return rows.map(({ line: of, hour }) => `${of} ${hour.toISOString().slice(11, 13)}`).sort();
}

const coming = { from: "2026-11-24T08:00:00.000Z", to: "2026-11-24T10:00:00.000Z" };
const past = { from: "2026-11-23T05:30:00.000Z", to: "2026-11-23T07:00:00.000Z" };
const cleaning = { equipment: line, kind: "cleaning", ...coming };

describe("planned downtime", () => {
  it("is planned, changed and cancelled, each time a version on", async () => {
    const planned = await done("POST", "", { ...cleaning, note: "weekly" });
    expect(planned).toEqual({
      id: `command-${commands}`,
      ...cleaning,
      note: "weekly",
      cancelled: false,
      version: 1,
    });
    const to = "2026-11-24T11:00:00.000Z";
    const path = `/${planned.id}`;
    expect(await done("PATCH", path, { to, expectedVersion: 1 })).toEqual({
      ...planned,
      to,
      version: 2,
    });
    expect(await refusal("PATCH", path, { note: "x", expectedVersion: 1 })).toEqual([
      409,
      "version_overtaken",
    ]);
    expect(await done("DELETE", path, {})).toMatchObject({ cancelled: true, version: 3 });
    expect(await refusal("PATCH", path, { note: "x" })).toEqual([
      409,
      "planned_downtime_cancelled",
    ]);
    expect(plannedDowntime.parse((await send("GET", path)).body)).toMatchObject({ version: 3 });
    const { rows } = await database.pool.query(
      "SELECT kind FROM outbox WHERE equipment = $1 ORDER BY id DESC LIMIT 3",
      [line],
    );
    expect(rows.map(({ kind }: { kind: string }) => kind)).toEqual([
      "plannedDowntime.cancelled",
      "plannedDowntime.changed",
      "plannedDowntime.planned",
    ]);
    expect(await dirtyHours()).toEqual([]);
  });

  it("ends alike when its changes come in another order", async () => {
    const said = [
      { to: "2026-11-24T11:00:00.000Z", occurredAt: "2026-11-23T07:00:00Z" },
      { to: "2026-11-24T12:00:00.000Z", note: "longer", occurredAt: "2026-11-23T06:00:00Z" },
    ];
    for (const changes of [said, said.toReversed()]) {
      const { id } = await done("POST", "", cleaning);
      for (const body of changes) await done("PATCH", `/${id}`, body);
      expect(plannedDowntime.parse((await send("GET", `/${id}`)).body)).toMatchObject({
        to: "2026-11-24T11:00:00.000Z",
        note: "longer",
        version: 3,
      });
    }
  });

  it("is planned once, however often the command comes", async () => {
    const body = { ...cleaning, commandId: "the-same-command" };
    const first = await done("POST", "", body);
    expect(await done("POST", "", body)).toEqual(first);
    const { rows } = await database.pool.query("SELECT id FROM planned_downtime");
    expect(rows).toHaveLength(1);
  });

  it("of the past has its hours derived again, on every line that it is about", async () => {
    const meeting = { equipment: "northwind/lakeside", kind: "meeting", ...past };
    const { id } = await done("POST", "", meeting);
    const hours = [line, "stamping-1"].flatMap((of) => [`${of} 05`, `${of} 06`]);
    expect(await dirtyHours()).toEqual(hours);
    await done("PATCH", `/${id}`, { note: "only words" });
    expect(await dirtyHours()).toEqual([]);
    await done("PATCH", `/${id}`, { from: "2026-11-23T04:30:00Z", to: "2026-11-23T05:00:00Z" });
    expect(await dirtyHours()).toEqual([
      `${line} 04`,
      `${line} 05`,
      `${line} 06`,
      "stamping-1 04",
      "stamping-1 05",
      "stamping-1 06",
    ]);
  });

  it("of a unit is about its line, up to now", async () => {
    const unit = { equipment: `${line}.filler`, kind: "maintenance" };
    await done("POST", "", { ...unit, from: past.from, to: coming.to });
    expect(await dirtyHours()).toEqual([`${line} 05`, `${line} 06`, `${line} 07`]);
  });

  it("is read with what it is for: of its own, of the units, and of what lies above", async () => {
    await done("POST", "", { equipment: "northwind/lakeside", kind: "meeting", ...coming });
    await done("POST", "", { equipment: `${line}.filler`, kind: "maintenance", ...coming });
    await done("POST", "", { equipment: "stamping-1", kind: "trial", ...coming });
    const fromMs = Date.parse(coming.from);
    const range = { line, fromMs, toMs: fromMs + 1 };
    const times = { fromMs, toMs: Date.parse(coming.to) };
    expect(await readPlannedDowntimes(database.pool, range)).toEqual([
      { equipment: line, kind: "meeting", ...times },
      { equipment: `${line}.filler`, kind: "maintenance", ...times },
    ]);
    const before = { ...range, fromMs: fromMs - 1, toMs: fromMs };
    expect(await readPlannedDowntimes(database.pool, before)).toEqual([]);
  });

  it("is listed by range, line and kind, page by page, and as a file", async () => {
    for (const day of ["24", "25", "26"]) {
      const from = `2026-11-${day}T08:00:00.000Z`;
      await done("POST", "", { ...cleaning, from, to: from.replace("T08", "T09"), note: "=1+1" });
    }
    await done("POST", "", { ...cleaning, equipment: "stamping-1", kind: "trial" });
    const read = async (query: string) =>
      listOf(plannedDowntime).parse((await send("GET", `?${query}`)).body);
    const first = await read(`line=${line}&limit=2`);
    expect(first.items.map(({ from }) => from.slice(8, 10))).toEqual(["24", "25"]);
    const rest = await read(`line=${line}&limit=2&cursor=${first.nextCursor}`);
    expect(rest.items.map(({ from }) => from.slice(8, 10))).toEqual(["26"]);
    expect((await read("kind=trial")).items).toHaveLength(1);
    const csv = await fetch(`${edge.url}/api/v1/planned-downtimes?format=csv&line=${line}`);
    expect((await csv.text()).split("\r\n")[1]).toContain(",'=1+1,false,1");
  });

  it.each([
    ["planned_downtime_reversed", 422, { to: coming.from }],
    ["planned_downtime_too_long", 422, { to: "2027-11-24T08:00:00Z" }],
    ["equipment_unknown", 404, { equipment: "nowhere" }],
    ["equipment_unknown", 404, { equipment: "bottling-1.nothing" }],
    ["body_invalid", 400, { kind: "siesta" }],
  ])("is refused with %s", async (code, status, wrong) => {
    expect(await refusal("POST", "", { ...cleaning, ...wrong })).toEqual([status, code]);
    expect(await refusal("PATCH", "/command-unknown", {})).toEqual([
      404,
      "planned_downtime_unknown",
    ]);
  });

  it("that reaches into a closed period is refused, and nothing of it is kept", async () => {
    await database.pool.query(
      `INSERT INTO period_lock (equipment, until_ts, actor, closed_at)
       VALUES ('northwind/lakeside', '2026-11-23T06:00:00Z', 'x', '2026-11-23T07:00:00Z')`,
    );
    expect(await refusal("POST", "", { ...cleaning, ...past })).toEqual([409, "period_locked"]);
    expect(
      listOf(plannedDowntime).parse((await send("GET", "?from=2026-11-20T00:00:00Z")).body).items,
    ).toEqual([]);
    const open = await done("POST", "", { ...cleaning, ...past, from: "2026-11-23T06:00:00Z" });
    expect(await refusal("PATCH", `/${open.id}`, { from: past.from })).toEqual([
      409,
      "period_locked",
    ]);
  });
});
