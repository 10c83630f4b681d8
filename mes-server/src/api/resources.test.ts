import {
  counts as countsSchema,
  deadLetter,
  history as historySchema,
  line as lineSchema,
  listOf,
  sampleGap,
  signal as signalSchema,
  source as sourceSchema,
  stateInterval,
  unit as unitSchema,
} from "@only-mes/protocols/console/http";
import { equipment as equipmentSchema } from "@only-mes/protocols/console/plant";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import {
  giveCounts,
  givePlant,
  giveSamples,
  giveStates,
  plantRows,
  type SampleRow,
} from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let database: TestDatabase;
let edge: RunningEdge;

beforeAll(async () => {
  database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  await giveSamples(pool, samples());
  await giveStates(pool, [
    { unit: "bottling-1.filler", state: "Idle", fromMs: at("04:00"), toMs: at("05:00") },
    { unit: "bottling-1.filler", state: "Execute", fromMs: at("05:00"), toMs: at("06:00") },
    { unit: "bottling-1.filler", state: "Held", fromMs: at("06:00"), toMs: at("07:00") },
    { unit: "bottling-1.filler", state: "Execute", fromMs: at("07:00"), toMs: null },
    { unit: "stamping-1.press-a", state: "Execute", fromMs: at("05:00"), toMs: at("06:00") },
    { unit: "stamping-1.press-a", state: "Held", fromMs: at("06:00"), toMs: null },
    { unit: "stamping-1.press-b", state: "Idle", fromMs: at("04:30"), toMs: at("05:30") },
    { unit: "stamping-1.press-b", state: "Execute", fromMs: at("05:30"), toMs: null },
  ]);
  const unit = "bottling-1.filler";
  await giveCounts(pool, [
    { unit, role: "goodCount", atMs: at("05:59:59.999"), delta: 1, kind: "step" },
    { unit, role: "goodCount", atMs: at("06:00"), delta: 10, kind: "step" },
    { unit, role: "goodCount", atMs: at("06:10"), delta: 20, kind: "rollover" },
    { unit, role: "goodCount", atMs: at("06:20"), delta: 5, kind: "reset" },
    { unit, role: "goodCount", atMs: at("06:30"), delta: 0, kind: "quarantined" },
    { unit, role: "scrapCount", atMs: at("06:30"), delta: 3, kind: "step" },
    { unit, role: "goodCount", atMs: at("07:00"), delta: 100, kind: "step" },
  ]);
  await pool.query(
    `INSERT INTO delivery_cursor (source, epoch, committed, samples)
     VALUES ('lakeside/hall-1', 9007199254740991, '{[1,4),[7,8)}', 12345), ('lakeside/hall-2', 0, '{}', 0)`,
  );
  await pool.query(
    `INSERT INTO dead_letter (at, source, topic, reason, detail, payload)
     SELECT to_timestamp(n), 'lakeside/hall-1', 'spBv1.0/x', 'payload-undecodable', 'letter ' || n, '\\x0102'
       FROM generate_series(1, 25) n`,
  );
  await pool.query(
    `INSERT INTO sample_gap (source, device, from_ts, to_ts, samples, reason)
     SELECT 'lakeside/hall-1', 'press-' || (n % 2), to_timestamp(n), to_timestamp(n + 60), n, 'bytes'
       FROM generate_series(1, 6) n`,
  );
  edge = await startEdge({ pool, clock: new TestClock(nowMs) });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

/** An instant of the day on which the tests take place. */
function at(time: string): number {
  return Date.parse(`2026-11-23T${time.length === 5 ? `${time}:00` : time}Z`);
}

function samples(): SampleRow[] {
  const signal = "bottling-1.filler.temperature";
  const rising = Array.from({ length: 60 }, (_, second) => ({
    signal,
    atMs: at("06:00") + second * 1000,
    value: second,
  }));
  return [
    ...rising,
    { signal, atMs: at("06:00:30.500"), value: null, quality: 0 },
    { signal, atMs: at("06:02"), value: -4 },
    { signal: "bottling-1.filler.product", atMs: at("06:00"), text: "Water" },
    { signal: "bottling-1.filler.product", atMs: at("06:01"), text: "Cola" },
    { signal: "bottling-1.filler.guard", atMs: nowMs - 1_000, value: 0 },
  ];
}

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${edge.url}/api/v1${path}`);
  return { status: response.status, body: await response.json() };
}

async function read<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { status, body } = await get(path);
  expect({ path, status, body: status === 200 ? null : body }).toEqual({
    path,
    status: 200,
    body: null,
  });
  return schema.parse(body);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

describe("equipment", () => {
  it("is a tree, each level after the one above", async () => {
    const { items } = await read("/equipment", listOf(equipmentSchema));
    const known = new Set<string | null>([null]);
    for (const { id, parent } of items) {
      expect(known).toContain(parent);
      known.add(id);
    }
    expect(items.map(({ level }) => level)).toContain("enterprise");
    expect(known).toContain("bottling-1.filler");
  });
});

describe("lines and units", () => {
  it("are listed as they are now", async () => {
    const { items } = await read("/lines", listOf(lineSchema));
    expect(items.map((line) => line.id)).toEqual(["bottling-1", "stamping-1"]);
    expect(items[0]).toMatchObject({
      enterprise: "northwind",
      state: "Execute",
      stateSince: iso(at("07:00")),
      shift: { id: "2026-11-23 early", from: iso(at("05:00")), to: iso(at("13:00")) },
      scrap: 3,
      target: 240 * 180,
      lastSampleAt: iso(nowMs - 1_000),
    });
    expect(items[0]?.units.map((unit) => unit.id)).toEqual([
      "bottling-1.filler",
      "bottling-1.packer",
    ]);
  });

  it("are read one by one", async () => {
    const line = await read("/lines/stamping-1", lineSchema);
    expect(line).toMatchObject({ state: "Execute", stateSince: iso(at("05:00")), stale: true });
    const unit = await read("/units/stamping-1.press-a", unitSchema);
    expect(unit).toMatchObject({ line: "stamping-1", state: "Held", stateSince: iso(at("06:00")) });
  });
});

describe("states", () => {
  it("of a unit are clipped to the range, and open while they last", async () => {
    const path = `/units/bottling-1.filler/states?from=${iso(at("05:30"))}`;
    const { items } = await read(path, listOf(stateInterval));
    expect(items).toEqual([
      { state: "Execute", from: iso(at("05:30")), to: iso(at("06:00")) },
      { state: "Held", from: iso(at("06:00")), to: iso(at("07:00")) },
      { state: "Execute", from: iso(at("07:00")), to: null },
    ]);
    const past = await read(`${path}&to=${iso(at("07:30"))}`, listOf(stateInterval));
    expect(past.items.at(-1)?.to).toBe(iso(at("07:30")));
  });

  it("of a line are those that its pacing units make", async () => {
    const path = `/lines/stamping-1/states?from=${iso(at("04:00"))}`;
    const { items } = await read(path, listOf(stateInterval));
    expect(items).toEqual([
      { state: "Idle", from: iso(at("04:30")), to: iso(at("05:00")) },
      { state: "Execute", from: iso(at("05:00")), to: null },
    ]);
  });

  it.each(["/units/bottling-1.filler", "/lines/bottling-1"])(
    "of %s come in pages that together are the whole",
    async (resource) => {
      const path = `${resource}/states?from=${iso(at("04:00"))}`;
      const whole = await read(path, listOf(stateInterval));
      const pages: z.infer<typeof stateInterval>[] = [];
      let cursor = "";
      for (let page = 0; page < 10; page += 1) {
        const answer = await read(`${path}&limit=1${cursor}`, listOf(stateInterval));
        pages.push(...answer.items);
        if (answer.nextCursor === undefined) break;
        cursor = `&cursor=${answer.nextCursor}`;
      }
      expect(pages).toEqual(whole.items);
      expect(pages).toHaveLength(4);
    },
  );
});

describe("counts of a unit", () => {
  it("are those of the range, its beginning with it and its end not", async () => {
    const path = `/units/bottling-1.filler/counts?from=${iso(at("06:00"))}&to=${iso(at("07:00"))}`;
    expect(await read(path, countsSchema)).toEqual({
      good: 35,
      scrap: 3,
      rework: 0,
      rollovers: 1,
      resets: 1,
      quarantined: 1,
    });
  });

  it("of several days are the sum of the days", async () => {
    const path = `/units/bottling-1.filler/counts?from=2026-11-10T00:00:00Z&to=2026-11-24T00:00:00Z`;
    expect(await read(path, countsSchema)).toMatchObject({ good: 136, scrap: 3 });
  });
});

describe("signals", () => {
  it("have value, age and staleness", async () => {
    const guard = await read("/signals/bottling-1.filler.guard", signalSchema);
    expect(guard).toMatchObject({ value: false, quality: 192, ageMs: 1_000, stale: false });
    const silent = await read("/signals/bottling-1.packer.guard", signalSchema);
    expect(silent).toMatchObject({ value: null, sourceTime: null, ageMs: null, stale: true });
    const product = await read("/signals/bottling-1.filler.product", signalSchema);
    expect(product).toMatchObject({ value: "Cola", stale: true });
  });

  it("are filtered", async () => {
    const ids = async (query: string) =>
      (await read(`/signals?${query}`, listOf(signalSchema))).items.map((signal) => signal.id);
    expect(await ids("line=stamping-1&role=machineState")).toEqual([
      "stamping-1.press-a.state",
      "stamping-1.press-b.state",
    ]);
    expect(await ids("q=PACKER.GU")).toEqual(["bottling-1.packer.guard"]);
    expect(await ids("line=nowhere")).toEqual([]);
  });

  it("come in pages that together are the whole", async () => {
    const found: string[] = [];
    let cursor = "";
    for (let page = 0; page < 10; page += 1) {
      const answer = await read(`/signals?limit=7${cursor}`, listOf(signalSchema));
      found.push(...answer.items.map((signal) => signal.id));
      if (answer.nextCursor === undefined) break;
      cursor = `&cursor=${answer.nextCursor}`;
    }
    expect(found).toEqual(plantRows.map(({ bound }) => bound.id).sort());
  });
});

describe("history", () => {
  it("has the extremes of each bucket, on absolute time, and keeps the gaps", async () => {
    const path = `/signals/bottling-1.filler.temperature/history?from=${iso(at("06:00:05"))}&to=${iso(at("06:02:01"))}&buckets=13`;
    const history = await read(path, historySchema);
    expect(history.bucketMs).toBe(10_000);
    expect(history.buckets).toHaveLength(13);
    expect(history.buckets[0]).toEqual({
      at: iso(at("06:00")),
      min: 0,
      max: 9,
      first: 0,
      last: 9,
      count: 10,
    });
    expect(history.buckets[3]?.count).toBe(10);
    const gap = { min: null, max: null, first: null, last: null, count: 0 };
    expect(history.buckets[6]).toEqual({ at: iso(at("06:01")), ...gap });
    expect(history.buckets[12]).toMatchObject({ at: iso(at("06:02")), min: -4, max: -4, count: 1 });
  });

  it("of a text has the last of each bucket", async () => {
    const path = `/signals/bottling-1.filler.product/history?from=${iso(at("06:00"))}&to=${iso(at("06:02"))}&buckets=1`;
    const { buckets } = await read(path, historySchema);
    expect(buckets).toMatchObject([{ lastText: "Cola", min: null, count: 2 }]);
  });

  it("never has more buckets than were asked for, whatever the range", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: at("00:00"), max: at("07:00") }),
        fc.integer({ min: 1, max: 4 * 24 * hourMs }),
        fc.integer({ min: 1, max: 2_000 }),
        async (toMs, rangeMs, buckets) => {
          const path = `/signals/bottling-1.filler.guard/history?from=${iso(toMs - rangeMs)}&to=${iso(toMs)}&buckets=${buckets}`;
          const history = await read(path, historySchema);
          const [first, last] = [history.buckets[0], history.buckets.at(-1)];
          expect(history.buckets.length).toBeLessThanOrEqual(buckets);
          expect(Date.parse(first?.at ?? "")).toBeLessThanOrEqual(toMs - rangeMs);
          expect(Date.parse(last?.at ?? "") + history.bucketMs).toBeGreaterThanOrEqual(toMs);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("of a month counts each sample once, though it is read day by day", async () => {
    const path = `/signals/bottling-1.filler.temperature/history?from=2026-10-24T00:00:00Z&to=2026-11-24T00:00:00Z&buckets=40`;
    const { buckets } = await read(path, historySchema);
    expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(61);
  });

  it("finds its samples by the index", async () => {
    const { rows } = await database.pool.query<{ "QUERY PLAN": string }>(
      `EXPLAIN SELECT min(value) FROM sample
        WHERE signal = 1 AND ts >= '2026-11-23' AND ts < '2026-11-24' AND quality = 192`,
    );
    expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("sample_signal_ts");
  });
});

describe("delivery", () => {
  it("shows the cursor of each source", async () => {
    const { items } = await read("/sources", listOf(sourceSchema));
    expect(items).toEqual([
      {
        source: "lakeside/hall-1",
        epoch: "9007199254740991",
        committed: [
          [1, 3],
          [7, 7],
        ],
        samples: 12345,
      },
      { source: "lakeside/hall-2", epoch: "0", committed: [], samples: 0 },
    ]);
  });

  it("shows what gateways had to drop, the last told first, page by page and by device", async () => {
    const first = await read("/gaps?device=press-0&limit=2", listOf(sampleGap));
    expect(first.items).toEqual(
      [6, 4].map((samples) => ({
        id: expect.stringMatching(/^\d+$/),
        source: "lakeside/hall-1",
        device: "press-0",
        from: new Date(samples * 1000).toISOString(),
        to: new Date((samples + 60) * 1000).toISOString(),
        samples,
        reason: "bytes",
      })),
    );
    const rest = await read(`/gaps?device=press-0&cursor=${first.nextCursor}`, listOf(sampleGap));
    expect(rest.items.map(({ samples }) => samples)).toEqual([2]);
    expect((await read("/gaps?source=lakeside/hall-2", listOf(sampleGap))).items).toEqual([]);
  });

  it("shows dead letters, the newest first, page by page", async () => {
    const first = await read("/dead-letters?limit=20", listOf(deadLetter));
    expect(first.items[0]).toMatchObject({ detail: "letter 25", payloadBytes: 2, repeats: 0 });
    const rest = await read(`/dead-letters?cursor=${first.nextCursor}`, listOf(deadLetter));
    expect(rest.items.map((letter) => letter.detail)).toEqual([
      "letter 5",
      "letter 4",
      "letter 3",
      "letter 2",
      "letter 1",
    ]);
    expect(rest.nextCursor).toBeUndefined();
  });
});

describe("states as CSV", () => {
  it.each([
    ["units/bottling-1.filler", "Execute,2026-11-23T05:00:00.000Z,2026-11-23T06:00:00.000Z"],
    ["lines/stamping-1", "Execute,2026-11-23T05:"],
  ])("of %s begin with their names", async (path, row) => {
    const range = "from=2026-11-23T05:00:00Z&to=2026-11-23T08:00:00Z";
    const response = await fetch(`${edge.url}/api/v1/${path}/states?format=csv&${range}`);
    const lines = (await response.text()).split("\r\n");
    expect(lines[0]).toBe("state,from,to");
    expect(lines.some((line) => line.startsWith(row))).toBe(true);
  });
});

describe("OpenAPI", () => {
  it("describes every path with its parameters and answers", async () => {
    const response = await fetch(`${edge.url}/api/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    expect(Object.keys(paths).sort()).toEqual([
      "/api/v1/alarm-definitions",
      "/api/v1/alarm-definitions/import",
      "/api/v1/alarm-definitions/{id}",
      "/api/v1/alarm-definitions/{id}/retire",
      "/api/v1/alarm-definitions/{id}/versions",
      "/api/v1/alarms",
      "/api/v1/alarms/acknowledge",
      "/api/v1/alarms/history",
      "/api/v1/alarms/remove-from-service",
      "/api/v1/alarms/return-to-service",
      "/api/v1/alarms/shelve",
      "/api/v1/alarms/statistics",
      "/api/v1/alarms/suppress",
      "/api/v1/alarms/unshelve",
      "/api/v1/alarms/unsuppress",
      "/api/v1/alarms/{id}",
      "/api/v1/alarms/{id}/acknowledge",
      "/api/v1/alarms/{id}/remove-from-service",
      "/api/v1/alarms/{id}/return-to-service",
      "/api/v1/alarms/{id}/shelve",
      "/api/v1/alarms/{id}/suppress",
      "/api/v1/alarms/{id}/unshelve",
      "/api/v1/alarms/{id}/unsuppress",
      "/api/v1/andon-calls",
      "/api/v1/andon-calls/{id}",
      "/api/v1/andon-calls/{id}/acknowledge",
      "/api/v1/andon-calls/{id}/arrive",
      "/api/v1/andon-calls/{id}/cancel",
      "/api/v1/andon-calls/{id}/resolve",
      "/api/v1/brand",
      "/api/v1/brands",
      "/api/v1/calendar-exceptions",
      "/api/v1/capacity-slots",
      "/api/v1/characteristics",
      "/api/v1/characteristics/import",
      "/api/v1/characteristics/{id}",
      "/api/v1/characteristics/{id}/chart",
      "/api/v1/characteristics/{id}/retire",
      "/api/v1/characteristics/{id}/versions",
      "/api/v1/commands",
      "/api/v1/cycle-standards",
      "/api/v1/cycle-standards/{id}",
      "/api/v1/dead-letters",
      "/api/v1/declarations",
      "/api/v1/equipment",
      "/api/v1/equipment/{id}",
      "/api/v1/equipment/{id}/lines",
      "/api/v1/equipment/{id}/move",
      "/api/v1/equipment/{id}/reinstate",
      "/api/v1/equipment/{id}/retire",
      "/api/v1/escalation-rules",
      "/api/v1/escalation-rules/{id}",
      "/api/v1/escalation-rules/{id}/retire",
      "/api/v1/event-kinds",
      "/api/v1/events",
      "/api/v1/gaps",
      "/api/v1/gateways",
      "/api/v1/gateways/{site}/{gateway}/map",
      "/api/v1/gateways/{site}/{gateway}/map/revert",
      "/api/v1/gateways/{site}/{gateway}/map/revisions",
      "/api/v1/gateways/{site}/{gateway}/map/revisions/{revision}",
      "/api/v1/handover",
      "/api/v1/handover/notes",
      "/api/v1/handover/sign-off",
      "/api/v1/handover/signed",
      "/api/v1/holidays",
      "/api/v1/job-conflicts",
      "/api/v1/jobs",
      "/api/v1/jobs/{id}",
      "/api/v1/jobs/{id}/abort",
      "/api/v1/jobs/{id}/begin-production",
      "/api/v1/jobs/{id}/close",
      "/api/v1/jobs/{id}/complete",
      "/api/v1/jobs/{id}/facts",
      "/api/v1/jobs/{id}/hold",
      "/api/v1/jobs/{id}/resume",
      "/api/v1/jobs/{id}/retract",
      "/api/v1/jobs/{id}/start",
      "/api/v1/kpis",
      "/api/v1/kpis/adjustments",
      "/api/v1/kpis/waterfall",
      "/api/v1/labour/facts/{id}/withdraw",
      "/api/v1/labour/intervals",
      "/api/v1/labour/minutes",
      "/api/v1/labour/rules",
      "/api/v1/labour/rules/{line}",
      "/api/v1/labour/sign-off",
      "/api/v1/labour/sign-on",
      "/api/v1/lines",
      "/api/v1/lines/{id}",
      "/api/v1/lines/{id}/capacity-slots",
      "/api/v1/lines/{id}/dispatch-queue",
      "/api/v1/lines/{id}/rules",
      "/api/v1/lines/{id}/states",
      "/api/v1/lines/{id}/waits",
      "/api/v1/measurements",
      "/api/v1/measurements/due",
      "/api/v1/measurements/{id}/correction",
      "/api/v1/period-locks",
      "/api/v1/period-locks/open",
      "/api/v1/planned-downtimes",
      "/api/v1/planned-downtimes/{id}",
      "/api/v1/plant-model",
      "/api/v1/production-orders",
      "/api/v1/production-orders/import",
      "/api/v1/production-orders/{id}",
      "/api/v1/products",
      "/api/v1/products/{id}",
      "/api/v1/reason-tree",
      "/api/v1/reason-tree/versions",
      "/api/v1/recalculation",
      "/api/v1/shift-assignments",
      "/api/v1/shift-patterns",
      "/api/v1/shift-patterns/{id}",
      "/api/v1/shifts",
      "/api/v1/shifts/rebuild",
      "/api/v1/signals",
      "/api/v1/signals/unbound",
      "/api/v1/signals/{id}",
      "/api/v1/signals/{id}/binding",
      "/api/v1/signals/{id}/history",
      "/api/v1/sources",
      "/api/v1/spc-signals",
      "/api/v1/stops",
      "/api/v1/stops/edits",
      "/api/v1/stops/merge",
      "/api/v1/stops/reason",
      "/api/v1/stops/split",
      "/api/v1/stops/undo",
      "/api/v1/units/{id}",
      "/api/v1/units/{id}/counts",
      "/api/v1/units/{id}/states",
      "/api/v1/webhooks",
      "/api/v1/webhooks/{id}",
      "/api/v1/webhooks/{id}/dead-letters",
      "/api/v1/webhooks/{id}/replay",
      "/api/v1/webhooks/{id}/test",
    ]);
    expect(JSON.stringify(paths["/api/v1/signals/{id}/history"])).toContain("column of pixels");
  });
});
