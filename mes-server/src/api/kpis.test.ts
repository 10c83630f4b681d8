import { kpiAnswer, waterfallAnswer } from "@only-mes/protocols/console/kpis";
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { definitionOf } from "../../tests/lane-under-test.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import type { LineBook } from "../live/line-book.ts";
import { keepShiftKpis } from "../live/shift-kpis.ts";
import { recalculateLine } from "../recalculation/recalculateLine.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { saveBirth } from "../store/saveBirth.ts";
import { transaction } from "../store/transaction.ts";
import { changed } from "./change.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startMs = Date.parse("2026-11-23T04:00:00Z");
const nowMs = Date.parse("2026-11-23T09:30:00Z");

let database: TestDatabase;
let edge: RunningEdge;

function at(hour: number, minute = 0): Date {
  return new Date(startMs + hour * hourMs + minute * minuteMs);
}

/** Runs from 04:00 on, down from 06:20 to 06:50; a piece a second is ideal, 40 good and 2 bad a minute are made. */
async function giveLine(line: string): Promise<void> {
  const { pool } = database;
  const definition = definitionOf(line, "state", { role: "machineState" });
  definition.unit.idealRatePerMinute = 60;
  await transaction(pool, (tx) =>
    saveBirth(tx, {
      source: `site/${line}`,
      device: "plc",
      metrics: [{ name: "machine/state", datatype: 3, definition }],
      atMs: startMs,
    }),
  );
  await pool.query(
    `INSERT INTO shift_instance (line_key, from_ts, to_ts, business_date, name, crew)
     SELECT key, from_ts, to_ts, '2026-11-23', s.name, crew FROM line,
            (VALUES ($2::timestamptz, $3::timestamptz, 'early', 'A'), ($3, $4, 'late', 'B'))
              AS s(from_ts, to_ts, name, crew)
      WHERE id = $1`,
    [line, at(0), at(3, 45), at(10)],
  );
  await pool.query(
    `INSERT INTO shift_horizon (line_key, from_date, to_date)
     SELECT key, '2026-10-01', '2027-03-01' FROM line WHERE id = $1`,
    [line],
  );
  await pool.query(
    `INSERT INTO state_interval (unit, from_ts, to_ts, state, known_at)
     VALUES ($1, $2, $3, 'Execute', $2), ($1, $3, $4, 'Aborted', $3), ($1, $4, NULL, 'Execute', $4)`,
    [`${line}.machine`, at(0), at(2, 20), at(2, 50)],
  );
  await pool.query(
    `INSERT INTO count_event (signal, unit, role, ts, epoch, sequence, ordinal, delta, kind)
     SELECT 1, $1, role, ts, 1, 1, 0, delta, 'step'
       FROM generate_series($2::timestamptz, $3, INTERVAL '1 minute') AS ts,
            (VALUES ('goodCount', 40), ('scrapCount', 2)) AS r(role, delta)
      WHERE ts < $4 OR ts >= $5`,
    [`${line}.machine`, at(0), new Date(nowMs - 1), at(2, 20), at(2, 50)],
  );
}

async function derive(line: string): Promise<void> {
  const question = { line, closedToMs: startMs + 5 * hourMs, nowMs };
  while ((await recalculateLine(database.pool, question)) !== undefined);
}

beforeAll(async () => {
  database = await openTestDatabase();
  for (const line of ["filling", "packing"]) await giveLine(line);
  await derive("filling");
  await derive("packing");
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

/** What these tests look at in answers that have no schema of their own here. */
interface Body {
  error?: { code: string };
  items?: Record<string, unknown>[];
  lock?: unknown;
}

async function get(path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${edge.url}/api/v1${path}`);
  return { status: response.status, body: (await response.json()) as Body };
}

async function post(path: string, body: object): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ commandId: randomUUID(), actor: "badge:7", ...body }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function kpis(query: string) {
  const { body } = await get(`/kpis?${query}`);
  return kpiAnswer.parse(body);
}

const wholeRange = `from=${at(0).toISOString()}&to=${at(6).toISOString()}`;

describe("GET /kpis", () => {
  it("answers closed hours from windows and the open one from the facts, up to now", async () => {
    const { total, recalculating } = await kpis(`equipment=filling&${wholeRange}`);
    expect(recalculating).toBe(false);
    expect(total.times).toMatchObject({
      calendarMs: nowMs - startMs,
      aptMs: 300 * minuteMs,
      adotMs: 30 * minuteMs,
    });
    expect(total.pieces).toEqual({ total: 300 * 42, good: 300 * 40, scrap: 300 * 2, rework: 0 });
    expect(total.kpis.availability).toBeCloseTo(300 / 330, 12);
    expect(total.kpis.effectiveness).toBeCloseTo(0.7, 12);
    expect(total.kpis.quality).toBeCloseTo(40 / 42, 12);
    expect(total.stops).toMatchObject({ stops: 1, stopMs: 30 * minuteMs });
  });

  it("cuts windows where the range begins and ends", async () => {
    const query = `equipment=filling&from=${at(2, 10).toISOString()}&to=${at(2, 30).toISOString()}`;
    const { total } = await kpis(query);
    expect(total.times).toMatchObject({ calendarMs: 20 * minuteMs, aptMs: 10 * minuteMs });
    expect(total.pieces.good).toBe(400);
  });

  it("groups without losing anything: items add up to the total, for every grouping", async () => {
    for (const by of ["hour", "shift", "day", "job", "order", "product", "equipment"]) {
      const { items, total } = await kpis(`equipment=filling&${wholeRange}&by=${by}`);
      const sum = (pick: (item: (typeof items)[number]) => number): number =>
        items.reduce((all, item) => all + pick(item), 0);
      expect(sum(({ pieces }) => pieces.good)).toBe(total.pieces.good);
      expect(sum(({ times }) => times.aptMs)).toBe(total.times.aptMs);
      expect(sum(({ times }) => times.calendarMs)).toBe(total.times.calendarMs);
    }
    const { items } = await kpis(`equipment=filling&${wholeRange}&by=shift`);
    expect(items.map(({ key, from, to }) => [key, from, to])).toEqual([
      ["2026-11-23 early", at(0).toISOString(), at(3, 45).toISOString()],
      ["2026-11-23 late", at(3, 45).toISOString(), new Date(nowMs).toISOString()],
    ]);
    const hours = await kpis(`equipment=filling&${wholeRange}&by=hour`);
    expect(hours.items.map(({ key }) => key)).toEqual(
      [0, 1, 2, 3, 4, 5].map((hour) => at(hour).toISOString()),
    );
  });

  it("filters by shift and crew", async () => {
    const { total } = await kpis(`equipment=filling&${wholeRange}&crew=A`);
    expect(total.times.calendarMs).toBe(225 * minuteMs);
    const same = await kpis(`equipment=filling&${wholeRange}&shift=2026-11-23%20early`);
    expect(same.total).toEqual(total);
  });

  it("pools lines of a site, and gives the unit what is the unit's", async () => {
    const one = await kpis(`equipment=filling&${wholeRange}`);
    const site = await kpis(`equipment=northwind/site&${wholeRange}&by=equipment`);
    expect(site.total.pieces.good).toBe(2 * one.total.pieces.good);
    expect(site.items.map(({ key }) => key)).toEqual(["filling", "packing"]);
    const unit = await kpis(`equipment=filling.machine&${wholeRange}`);
    expect(unit.total.kpis).toEqual(one.total.kpis);
  });

  it("shows a dirty hour as it is by the facts, before it is derived again", async () => {
    const { pool } = database;
    await transaction(pool, async (tx) => {
      await tx.query(
        `INSERT INTO count_event (signal, unit, role, ts, epoch, sequence, ordinal, delta, kind)
         VALUES (1, 'packing.machine', 'goodCount', $1, 1, 2, 0, 1000, 'step')`,
        [at(1, 30)],
      );
      await markDirtyHours(tx, [{ line: "packing", fromMs: +at(1, 30), toMs: +at(1, 30) }]);
    });
    const fresh = await kpis(`equipment=packing&${wholeRange}`);
    expect(fresh.total.pieces.good).toBe(300 * 40 + 1000);
    const { body } = await get("/recalculation");
    expect(body.items).toContainEqual({
      line: "packing",
      derivedFrom: at(0).toISOString(),
      derivedTo: at(5).toISOString(),
      revision: 1,
      dirtyHours: 1,
      firstDirty: at(1).toISOString(),
    });
    await derive("packing");
    expect(await kpis(`equipment=packing&${wholeRange}`)).toEqual(fresh);
  });

  it("is had as CSV", async () => {
    const response = await fetch(
      `${edge.url}/api/v1/kpis?equipment=filling&${wholeRange}&by=shift&format=csv`,
    );
    const [head, early] = (await response.text()).split("\r\n");
    expect(head).toMatch(/^key,from,to,oee,availability,/);
    expect(early).toMatch(/^2026-11-23 early,2026-11-23T04:00:00.000Z,/);
  });

  it.each([
    ["equipment=nowhere", "equipment_unknown", 404],
    [
      `equipment=filling&from=${at(3).toISOString()}&to=${at(1).toISOString()}`,
      "range_reversed",
      400,
    ],
    ["equipment=filling&from=2020-01-01T00:00:00Z", "range_too_long", 400],
    ["equipment=filling&by=hour&from=2026-06-01T00:00:00Z", "range_too_long", 400],
    ["equipment=filling&by=week", "parameter_invalid", 400],
  ])("refuses %s", async (query, code, status) => {
    const answer = await get(`/kpis?${query}`);
    expect([answer.body.error?.code, answer.status]).toEqual([code, status]);
  });

  it("of a time before any fact is empty, not zero per cent", async () => {
    const { total } = await kpis(
      "equipment=filling&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z",
    );
    expect(total.kpis).toEqual({});
  });
});

it("GET /kpis/waterfall adds up to the calendar time", async () => {
  const { body } = await get(`/kpis/waterfall?equipment=filling&${wholeRange}`);
  const { steps, calendarMs, calendarPieces } = waterfallAnswer.parse(body);
  expect(steps.reduce((sum, { ms }) => sum + ms, 0)).toBe(calendarMs);
  expect(steps.reduce((sum, { pieces }) => sum + (pieces ?? 0), 0)).toBe(calendarPieces);
  expect(Object.fromEntries(steps.map(({ name, ms }) => [name, ms]))).toMatchObject({
    unassigned: 30 * minuteMs,
    speed: 90 * minuteMs,
    scrap: 10 * minuteMs,
    fullyProductive: 200 * minuteMs,
  });
});

it("a line shows the figures of its running shift", async () => {
  const shown = await new Promise<unknown>((resolve) => {
    const line = {
      id: "filling",
      shift: { startMs: +at(3, 45) },
      stale: false,
      showKpis: resolve,
    };
    const { pool } = database;
    const keeping = keepShiftKpis({
      pool,
      clock: edge.clock,
      log: pino({ level: "silent" }),
      lines: () => [line as unknown as LineBook],
    });
    onTestFinished(() => keeping.close());
  });
  expect(shown).toEqual({ oee: 0.667, availability: 1, effectiveness: 0.7, quality: 0.952 });
});

describe("closed periods", () => {
  const edit = (line: string, fromMs: number) =>
    changed(
      { pool: database.pool, clock: edge.clock } as never,
      { headers: {}, body: { commandId: randomUUID(), actor: "badge:7" } },
      { kind: "test.edit", subject: line },
      ({ tx }) => markDirtyHours(tx, [{ line, fromMs, toMs: fromMs }]),
    );

  it("refuse edits, keep what was told, show adjustments, and can be opened again", async () => {
    const closed = await post("/period-locks", { equipment: "northwind/site/area", until: at(2) });
    expect(closed).toMatchObject({ status: 200, body: { until: at(2).toISOString(), version: 1 } });
    await expect(edit("filling", +at(1, 59))).rejects.toMatchObject({ code: "period_locked" });
    await edit("filling", +at(2));

    const before = await kpis(`equipment=filling&${wholeRange}`);
    await transaction(database.pool, async (tx) => {
      await tx.query(
        `INSERT INTO count_event (signal, unit, role, ts, epoch, sequence, ordinal, delta, kind)
         VALUES (1, 'filling.machine', 'goodCount', $1, 1, 3, 0, 5, 'step')`,
        [at(1, 10)],
      );
      await markDirtyHours(tx, [{ line: "filling", fromMs: +at(1, 10), toMs: +at(1, 10) }]);
    });
    await derive("filling");
    const after = await kpis(`equipment=filling&${wholeRange}`);
    expect(after.total).toEqual(before.total);
    expect(after.adjustments?.pieces).toMatchObject({ good: 5, total: 5 });
    const { body: list } = await get(`/kpis/adjustments?equipment=filling&${wholeRange}`);
    expect(list.items).toHaveLength(2);
    expect(list.items?.[0]).toMatchObject({ cause: "lateFacts", pieces: { good: 5 } });

    const opened = await post("/period-locks/open", { equipment: "northwind/site/area" });
    expect(opened).toEqual({ status: 200, body: { lock: null } });
    await derive("filling");
    const anew = await kpis(`equipment=filling&${wholeRange}`);
    expect(anew.total.pieces.good).toBe(before.total.pieces.good + 5);
    expect(anew.adjustments?.pieces.good).toBe(0);
    const { body: events } = await get("/period-locks");
    expect(events.items).toEqual([]);
  });

  it.each([
    [{ equipment: "nowhere", until: at(1) }, "equipment_unknown"],
    [{ equipment: "filling.machine", until: at(1) }, "equipment_without_kpis"],
    [{ equipment: "filling", until: at(9) }, "period_not_over"],
    [{ equipment: "filling", until: at(1, 30) }, "period_lock_uneven"],
    [{ equipment: "filling", until: at(1), expectedVersion: 3 }, "version_overtaken"],
  ])("cannot be closed: %o", async (body, code) => {
    expect((await post("/period-locks", body)).body.error?.code).toBe(code);
  });

  it("are not closed for a shorter time, nor opened where none is", async () => {
    await post("/period-locks", { equipment: "packing", until: at(2) });
    const shorter = await post("/period-locks", { equipment: "packing", until: at(1) });
    expect(shorter.body.error?.code).toBe("period_lock_shorter");
    const until = at(1).toISOString();
    const opened = await post("/period-locks/open", { equipment: "packing", until });
    expect(opened.body.lock).toMatchObject({ until, version: 2 });
    const unknown = await post("/period-locks/open", { equipment: "filling" });
    expect(unknown.body.error?.code).toBe("period_lock_unknown");
  });
});
