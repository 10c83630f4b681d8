import {
  calendarChange,
  holiday,
  shift as shiftSchema,
  shiftAssignment,
  shiftPatternVersion,
  calendarException,
} from "@only-mes/protocols/console/calendar";
import { eventKinds } from "@only-mes/protocols/events/kinds";
import { apiError, line as lineSchema, listOf } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveCounts, givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

/** A Monday, 09:00 in Berlin. */
const nowMs = Date.parse("2026-11-23T08:00:00Z");
const site = "northwind/lakeside";
const line = "bottling-1";

let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  const unit = "bottling-1.filler";
  const atMs = nowMs - 20 * 86_400_000;
  await giveCounts(database.pool, [{ unit, role: "goodCount", atMs, delta: 1, kind: "step" }]);
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
  await database.pool.query("DELETE FROM dirty_hour");
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

async function send(method: string, path: string, body?: object) {
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        commandId: `command-${(commands += 1)}`,
        actor: "badge:4711",
        ...body,
      }),
    }),
  });
  return { status: response.status, body: await response.json() };
}

async function change(method: string, path: string, body: object) {
  const { status, body: answer } = await send(method, path, body);
  expect({ status, answer: status === 200 ? null : answer }).toEqual({ status: 200, answer: null });
  return calendarChange.parse(answer);
}

async function refusal(method: string, path: string, body: object) {
  const { status, body: answer } = await send(method, path, body);
  const { error } = apiError.parse(answer);
  return { status, code: error.code, field: error.field, message: error.message };
}

async function shiftsOf(of: string, from: string, to: string) {
  const { body } = await send("GET", `/shifts?line=${of}&from=${from}&to=${to}&limit=1500`);
  return listOf(shiftSchema).parse(body).items;
}

async function idsOf(of: string, from: string, to: string): Promise<string[]> {
  return (await shiftsOf(of, from, to)).map(({ id }) => id);
}

async function dirtyHours(of: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ hour: Date }>(
    "DELETE FROM dirty_hour WHERE line = $1 RETURNING hour",
    [of],
  );
  return rows.map(({ hour }) => hour.toISOString().slice(0, 13)).sort();
}

const day = { name: "day", start: "08:00", end: "16:00" };
const weekdays = [1, 2, 3, 4, 5];

describe("where nothing is set", () => {
  it("there are three shifts around the clock, from before the first data to weeks ahead", async () => {
    const shifts = await shiftsOf(line, "2026-11-22T12:00:00Z", "2026-11-23T06:00:00Z");
    expect(shifts[0]).toEqual({
      id: "2026-11-22 early",
      line,
      name: "early",
      businessDate: "2026-11-22",
      from: "2026-11-22T05:00:00.000Z",
      to: "2026-11-22T13:00:00.000Z",
      crew: null,
      pattern: null,
      patternVersion: null,
      breaks: [],
    });
    expect(shifts.map(({ id }) => id)).toEqual([
      "2026-11-22 early",
      "2026-11-22 late",
      "2026-11-22 night",
      "2026-11-23 early",
    ]);
    const all = await idsOf(line, "2026-01-01T00:00:00Z", "2027-02-01T00:00:00Z");
    expect(all[0]).toBe("2026-10-19 early");
    expect(all.at(-1)).toBe("2027-01-21 night");
    expect(all).toHaveLength(95 * 3);
  });

  it("is had page by page, and as a file", async () => {
    const path = `/shifts?line=${line}&from=2026-11-22T12:00:00Z&to=2026-11-23T06:00:00Z`;
    const first = listOf(shiftSchema).parse((await send("GET", `${path}&limit=3`)).body);
    const rest = listOf(shiftSchema).parse(
      (await send("GET", `${path}&limit=3&cursor=${first.nextCursor}`)).body,
    );
    expect(rest.items.map(({ id }) => id)).toEqual(["2026-11-23 early"]);
    const csv = await (await fetch(`${edge.url}/api/v1${path}&format=csv`)).text();
    expect(csv.split("\r\n")[1]).toBe(
      "bottling-1,2026-11-22 early,2026-11-22,early,2026-11-22T05:00:00.000Z,2026-11-22T13:00:00.000Z,,,,",
    );
  });

  it("of a line that is not known is refused", async () => {
    const { status, body } = await send("GET", "/shifts?line=nowhere");
    expect([status, apiError.parse(body).error.code]).toEqual([404, "line_unknown"]);
  });
});

describe("a pattern", () => {
  it("is shown by a dry run, which changes nothing", async () => {
    const answer = await change("PUT", "/shift-patterns/weekdays", {
      from: "2026-01-01",
      definition: {
        name: "Weekdays",
        shifts: [{ ...day, weekdays, breaks: [{ at: "12:00", minutes: 30 }] }],
      },
      dryRun: true,
    });
    expect(answer).toMatchObject({ result: "dryRun", version: 1, lines: [] });
    expect(answer.shifts).toHaveLength(20);
    expect(answer.shifts?.[0]).toMatchObject({
      id: "2026-11-23 day",
      line: null,
      breaks: [{ from: "2026-11-23T11:00:00.000Z", to: "2026-11-23T11:30:00.000Z" }],
    });
    const { body } = await send("GET", "/shift-patterns");
    expect(listOf(shiftPatternVersion).parse(body).items).toEqual([]);
  });

  it("is kept, and holds where and from when on it is assigned", async () => {
    const definition = { name: "Weekdays", shifts: [{ ...day, weekdays }] };
    const set = await change("PUT", "/shift-patterns/weekdays", { from: "2026-01-01", definition });
    expect(set).toEqual({ result: "changed", version: 1, lines: [] });
    const preview = await change("PUT", "/shift-assignments", {
      equipment: site,
      from: "2026-11-30",
      pattern: "weekdays",
      dryRun: true,
    });
    expect(preview.lines.map((each) => each.line)).toEqual(["bottling-1", "stamping-1"]);
    expect(preview.lines[0]?.pastFrom).toBeNull();
    expect(preview.shifts?.filter((shift) => shift.line === line).at(-1)?.id).toBe(
      "2026-12-21 day",
    );
    expect(await idsOf(line, "2026-12-01T06:00:00Z", "2026-12-01T12:00:00Z")).toEqual([
      "2026-12-01 early",
    ]);
    await change("PUT", "/shift-assignments", {
      equipment: site,
      from: "2026-11-30",
      pattern: "weekdays",
    });
    expect(await idsOf(line, "2026-11-29T12:00:00Z", "2026-12-01T12:00:00Z")).toEqual([
      "2026-11-29 early",
      "2026-11-29 late",
      "2026-11-29 night",
      "2026-11-30 day",
      "2026-12-01 day",
    ]);
    expect(await dirtyHours(line)).toEqual([]);
    const { body } = await send("GET", `/shift-assignments?equipment=${encodeURIComponent(site)}`);
    expect(listOf(shiftAssignment).parse(body).items).toEqual([
      { equipment: site, from: "2026-11-30", pattern: "weekdays", version: 1 },
    ]);
  });

  it("that changes in the past marks the hours that really differ, and only those", async () => {
    const definition = {
      name: "Long early",
      shifts: [
        { name: "early", start: "06:00", end: "14:00" },
        { name: "late", start: "14:00", end: "22:00" },
        { name: "night", start: "22:00", end: "06:00", weekdays: [1, 2, 3, 4, 6, 7] },
      ],
    };
    await change("PUT", "/shift-patterns/no-friday-night", { from: "2026-01-01", definition });
    const answer = await change("PUT", "/shift-assignments", {
      equipment: line,
      from: "2026-11-18",
      pattern: "no-friday-night",
    });
    expect(answer.lines).toMatchObject([{ line, pastFrom: "2026-11-20T21:00:00.000Z" }]);
    expect(await dirtyHours(line)).toEqual(
      ["20T21", "20T22", "20T23", "21T00", "21T01", "21T02", "21T03", "21T04"].map(
        (hour) => `2026-11-${hour}`,
      ),
    );
    expect(await dirtyHours("stamping-1")).toEqual([]);
    const { rows } = await database.pool.query(
      "SELECT kind, equipment FROM outbox WHERE kind LIKE 'shifts.%' ORDER BY id DESC LIMIT 1",
    );
    expect(rows).toEqual([{ kind: "shifts.changed", equipment: line }]);
  });

  it("keeps its versions, and refuses one that was made from an overtaken one", async () => {
    const definition = { name: "Weekdays", shifts: [{ ...day, end: "17:00", weekdays }] };
    const wanted = { from: "2026-12-07", definition, expectedVersion: 0 };
    expect(await refusal("PUT", "/shift-patterns/weekdays", wanted)).toMatchObject({
      status: 409,
      code: "version_overtaken",
    });
    await change("PUT", "/shift-patterns/weekdays", { ...wanted, expectedVersion: 1 });
    const { body } = await send("GET", "/shift-patterns/weekdays");
    expect(
      listOf(shiftPatternVersion)
        .parse(body)
        .items.map(({ version, from }) => [version, from]),
    ).toEqual([
      [1, "2026-01-01"],
      [2, "2026-12-07"],
    ]);
    const [before] = await shiftsOf("stamping-1", "2026-12-04T08:00:00Z", "2026-12-04T09:00:00Z");
    const [after] = await shiftsOf("stamping-1", "2026-12-07T08:00:00Z", "2026-12-07T09:00:00Z");
    expect([before?.to, before?.patternVersion]).toEqual(["2026-12-04T15:00:00.000Z", 1]);
    expect([after?.to, after?.patternVersion]).toEqual(["2026-12-07T16:00:00.000Z", 2]);
  });

  it.each([
    ["shifts_overlap", { shifts: [day, { name: "late", start: "15:59", end: "22:00" }] }],
    ["shift_name_twice", { shifts: [day, { ...day, start: "17:00", end: "18:00" }] }],
    ["break_outside_shift", { shifts: [{ ...day, breaks: [{ at: "15:50", minutes: 15 }] }] }],
    [
      "breaks_overlap",
      {
        shifts: [
          {
            ...day,
            breaks: [
              { at: "12:00", minutes: 30 },
              { at: "12:15", minutes: 5 },
            ],
          },
        ],
      },
    ],
    ["time_zone_unknown", { zone: "Europe/Atlantis", shifts: [day] }],
    [
      "rotation_uneven",
      rotating([
        { crew: "A", shifts: ["day"] },
        { crew: "B", shifts: ["day", null] },
      ]),
    ],
    ["rotation_shift_unknown", rotating([{ crew: "A", shifts: ["dusk"] }])],
    [
      "rotation_crews_collide",
      rotating([
        { crew: "A", shifts: ["day"] },
        { crew: "B", shifts: ["day"] },
      ]),
    ],
  ])("is refused with %s", async (code, definition) => {
    const wanted = { from: "2026-12-01", definition: { name: "Wrong", ...definition } };
    const { status, ...answer } = await refusal("PUT", "/shift-patterns/wrong", wanted);
    expect([status, answer.code]).toEqual([422, code]);
    expect(answer.field).toMatch(/^definition\./);
  });

  it("is refused where it ends or begins at no time of day", async () => {
    for (const shift of [
      { ...day, start: "24:00" },
      { ...day, end: "24:01" },
    ]) {
      const definition = { name: "Wrong", shifts: [shift] };
      const wanted = { from: "2026-12-01", definition };
      expect(await refusal("PUT", "/shift-patterns/wrong", wanted)).toMatchObject({
        status: 400,
        code: "body_invalid",
      });
    }
  });

  it("that nobody knows is not assigned, nor one to what does not exist", async () => {
    const wanted = { equipment: site, from: "2026-12-01", pattern: "dusk" };
    expect(await refusal("PUT", "/shift-assignments", wanted)).toMatchObject({
      status: 404,
      code: "shift_pattern_unknown",
    });
    const nowhere = { ...wanted, equipment: "nowhere", pattern: null };
    expect(await refusal("PUT", "/shift-assignments", nowhere)).toMatchObject({
      status: 404,
      code: "equipment_unknown",
    });
    const { status } = await send("GET", "/shift-patterns/dusk");
    expect(status).toBe(404);
  });

  function rotating(crews: object[]) {
    return { shifts: [day], rotation: { every: "week", from: "2026-11-02", crews } };
  }
});

describe("a day that differs", () => {
  const stamping = { equipment: "stamping-1", date: "2026-12-09" };
  const [fromMs, toMs] = ["2026-12-09T03:00:00Z", "2026-12-10T03:00:00Z"];

  it("may be closed, and is as before when that is withdrawn", async () => {
    const definition = { kind: "closed" };
    const closed = await change("PUT", "/calendar-exceptions", { ...stamping, definition });
    expect(closed).toMatchObject({
      version: 1,
      lines: [{ line: "stamping-1", removed: 1, added: 0 }],
    });
    expect(await idsOf("stamping-1", fromMs, toMs)).toEqual([]);
    const { body } = await send("GET", "/calendar-exceptions?from=2026-12-01");
    expect(listOf(calendarException).parse(body).items).toEqual([
      { ...stamping, definition: { kind: "closed", note: "" }, version: 1 },
    ]);
    await change("DELETE", "/calendar-exceptions", { ...stamping, expectedVersion: 1 });
    expect(await idsOf("stamping-1", fromMs, toMs)).toEqual(["2026-12-09 day"]);
    expect(await refusal("DELETE", "/calendar-exceptions", stamping)).toMatchObject({
      status: 404,
      code: "calendar_exception_unknown",
    });
  });

  it("may have an extra shift, but none that meets another one", async () => {
    const extra = (start: string) => ({
      ...stamping,
      definition: {
        kind: "extraShift",
        crew: "A",
        shifts: [{ name: "evening", start, end: "23:00" }],
      },
    });
    const refused = await refusal("PUT", "/calendar-exceptions", extra("16:30"));
    expect(refused).toMatchObject({ status: 422, code: "shifts_overlap" });
    expect(refused.message).toContain('"2026-12-09 day" of line "stamping-1" still lasts');
    await change("PUT", "/calendar-exceptions", extra("17:00"));
    const shifts = await shiftsOf("stamping-1", fromMs, toMs);
    expect(shifts.map(({ name, crew }) => [name, crew])).toEqual([
      ["day", null],
      ["evening", "A"],
    ]);
  });

  it("may be a holiday, from a list or a file", async () => {
    const text = "2026-12-25 Christmas Day\n2026-12-26 Boxing Day";
    const added = await change("POST", "/holidays", { equipment: site, text });
    // The line has a pattern of its own, but the holidays of its site; Boxing Day is a Saturday.
    expect(added.lines.map((each) => [each.line, each.removed])).toEqual([
      ["bottling-1", 5],
      ["stamping-1", 1],
    ]);
    const { body } = await send("GET", "/holidays?from=2026-12-26");
    expect(listOf(holiday).parse(body).items).toEqual([
      { equipment: site, date: "2026-12-26", name: "Boxing Day" },
    ]);
    await change("DELETE", "/holidays", { equipment: site, date: "2026-12-26" });
    expect(await idsOf(line, "2026-12-26T06:00:00Z", "2026-12-26T12:00:00Z")).toEqual([
      "2026-12-26 early",
    ]);
  });

  it.each([
    ["holiday_unknown", "DELETE", { date: "2026-12-26" }, 404],
    ["holidays_missing", "POST", {}, 400],
    ["holiday_list_invalid", "POST", { text: "Christmas" }, 422],
    ["equipment_unknown", "POST", { equipment: "x", text: "2026-12-25 X" }, 404],
  ])("is refused with %s", async (code, method, body, status) => {
    const answer = await refusal(method, "/holidays", { equipment: site, ...body });
    expect([answer.status, answer.code]).toEqual([status, code]);
  });
});

describe("what would change a closed period", () => {
  it("is refused, and nothing of it is kept", async () => {
    await database.pool.query(
      "INSERT INTO period_lock (equipment, until_ts, actor, closed_at) VALUES ('stamping-1', '2026-11-20', 'x', '2026-11-21')",
    );
    const closed = { definition: { kind: "closed" } };
    const wanted = { equipment: "stamping-1", date: "2026-11-19", ...closed };
    const before = await idsOf("stamping-1", "2026-11-18T00:00:00Z", "2026-11-22T00:00:00Z");
    expect(await refusal("PUT", "/calendar-exceptions", wanted)).toMatchObject({
      status: 409,
      code: "period_locked",
      field: "from",
    });
    expect(await idsOf("stamping-1", "2026-11-18T00:00:00Z", "2026-11-22T00:00:00Z")).toEqual(
      before,
    );
    await change("PUT", "/calendar-exceptions", { ...wanted, date: "2026-11-21" });
  });
});

describe("a line", () => {
  it("is in unscheduled time between its shifts, and shows it", async () => {
    const equipment = "stamping-1";
    await change("PUT", "/shift-assignments", {
      equipment,
      from: "2026-11-23",
      pattern: "weekdays",
    });
    edge.clock.nowMs = Date.parse("2026-11-23T16:00:00Z");
    await expect
      .poll(async () => lineSchema.parse((await send("GET", `/lines/${equipment}`)).body).shift, {
        timeout: 10_000,
      })
      .toEqual({
        id: "2026-11-23T15:00:00.000Z unscheduled",
        name: "unscheduled",
        from: "2026-11-23T15:00:00.000Z",
        to: "2026-11-24T07:00:00.000Z",
        unscheduled: true,
      });
    const answer = lineSchema.parse((await send("GET", `/lines/${equipment}`)).body);
    expect(answer.target).toBeUndefined();
    const other = lineSchema.parse((await send("GET", `/lines/${line}`)).body);
    expect(other.shift.name).toBe("late");
    edge.clock.nowMs = nowMs;
  });
});

it("tells of all this in events of the shape that is promised", async () => {
  const { rows } = await database.pool.query<{ kind: string; data: unknown }>(
    "SELECT DISTINCT ON (kind) kind, data FROM outbox",
  );
  expect(rows.map(({ kind }) => kind)).toContain("shifts.changed");
  const kinds = new Map<string, { data: { parse(data: unknown): unknown } }>(
    Object.entries(eventKinds),
  );
  for (const { kind, data } of rows) expect(kinds.get(kind)?.data.parse(data)).toEqual(data);
});
