import { handover as handoverSchema } from "@only-mes/protocols/console/handover";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveCounts, givePlant, giveStates } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const clock = new TestClock(Date.parse("2026-11-23T12:55:30Z"));
let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;
const iso = (time: string) => `2026-11-23T${time.length === 5 ? `${time}:00` : time}.000Z`;
const at = (time: string) => Date.parse(iso(time));
const line = "bottling-1";
const shift = "2026-11-23 early";

/** An early shift of bottling, 06:00 to 14:00 in Berlin: a breakdown, a break, a changeover, a stop that lasts. */
beforeAll(async () => {
  database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  const states = [
    ["Execute", "05:00", "06:00"],
    ["Aborted", "06:00", "06:24:20"],
    ["Execute", "06:24:20", "08:00"],
    ["Idle", "08:00", "09:10"],
    ["Execute", "09:10", "11:00"],
    ["Held", "11:00", "11:17:40"],
    ["Execute", "11:17:40", "12:00"],
    ["Held", "12:00", "12:02"],
    ["Execute", "12:02", "12:50"],
    ["Aborted", "12:50", null],
  ] as const;
  const unit = `${line}.filler`;
  await giveStates(
    pool,
    states.map(([state, from, to]) => ({
      unit,
      state,
      fromMs: at(from),
      toMs: to === null ? null : at(to),
    })),
  );
  await giveCounts(pool, [
    { unit: `${line}.packer`, role: "goodCount", atMs: at("07:00"), delta: 30_000, kind: "step" },
    { unit: `${line}.packer`, role: "goodCount", atMs: at("10:00"), delta: 41_234, kind: "step" },
    { unit, role: "scrapCount", atMs: at("10:00"), delta: 321, kind: "step" },
  ]);
  // As they are where nothing is set.
  await pool.query(
    `INSERT INTO shift_instance (line_key, business_date, name, from_ts, to_ts)
     SELECT key, '2026-11-23', s.name, s.from_ts::timestamptz, s.to_ts::timestamptz
       FROM line, (VALUES ('early', '2026-11-23T05:00Z', '2026-11-23T13:00Z'),
                          ('late', '2026-11-23T13:00Z', '2026-11-23T21:00Z')) AS s(name, from_ts, to_ts)`,
  );
  await pool.query(
    `INSERT INTO planned_downtime (id, equipment, kind, from_ts, to_ts, note)
     VALUES ('maintain-1', $1, 'maintenance', '2026-11-23T15:00Z', '2026-11-23T16:00Z', ''),
            ('clean-1', $1, 'cleaning', '2026-11-23T08:00Z', '2026-11-23T08:30Z', '')`,
    [line],
  );
  await pool.query(
    "INSERT INTO product (id, name, unit) VALUES ('cola', 'Cola 0.5 l', 'bottles'), ('water', 'Water 1 l', 'bottles')",
  );
  await pool.query(
    "INSERT INTO production_order (id, product, quantity) VALUES ('4711', 'cola', 40000), ('4712', 'water', 60000), ('4713', 'cola', 9000)",
  );
  await pool.query(
    `INSERT INTO job (id, production_order, operation, line, quantity, state, sequence)
     VALUES ('4711.1', '4711', 1, $1, 40000, 'Completed', NULL), ('4712.1', '4712', 1, $1, 60000, 'Running', NULL),
            ('4713.1', '4713', 1, $1, 9000, 'Ready', 1)`,
    [line],
  );
  await pool.query(
    `WITH slot AS (INSERT INTO capacity_slot (line, slot) VALUES ($1, 1) ON CONFLICT (line, slot) DO UPDATE SET slot = 1 RETURNING key)
     INSERT INTO job_interval (slot_key, job, phase, from_ts, to_ts)
     SELECT key, job, phase, from_ts::timestamptz, to_ts::timestamptz
       FROM slot, (VALUES ('4711.1', 'production', '2026-11-23T05:00Z', '2026-11-23T08:00Z'),
                          ('4712.1', 'setup', '2026-11-23T08:30Z', '2026-11-23T09:10Z'),
                          ('4712.1', 'production', '2026-11-23T09:10Z', NULL)) AS i(job, phase, from_ts, to_ts)`,
    [line],
  );
  await pool.query(
    `INSERT INTO alarm_occurrence (alarm, raised_at, cleared_at, definition, line, unit, priority, before_since, is_late, known_at)
     SELECT 'bottling-1.filler.guard', r::timestamptz, c::timestamptz, 'bottling-1.filler.guard', $1, 'bottling-1.filler', 'high', r::timestamptz, false, now()
       FROM (VALUES ('2026-11-23T06:00Z', '2026-11-23T06:20Z'), ('2026-11-23T12:50Z', NULL)) AS o(r, c)`,
    [line],
  );
  await pool.query(
    `INSERT INTO andon_call (id, line, unit, kind, note, raised_at, raised_by, state, since, acknowledged_at, known_at)
     VALUES ('call-0001', $1, 'bottling-1.filler', 'maintenance', 'valve | leaks', '2026-11-23T12:51Z', 'badge:1', 'acknowledged', now(), '2026-11-23T12:54Z', now())`,
    [line],
  );
  edge = await startEdge({ pool, clock });
  await done("POST", "/labour/sign-on", {
    person: "badge:1",
    equipment: `${line}.filler`,
    occurredAt: iso("05:00"),
  });
  await done("POST", "/labour/sign-on", {
    person: "badge:2",
    equipment: line,
    role: "setter",
    occurredAt: iso("08:20"),
  });
  await done("POST", "/labour/sign-off", { person: "badge:2", occurredAt: iso("09:15") });
  await done("PUT", "/characteristics/fill-weight", {
    name: "Fill weight",
    equipment: `${line}.filler`,
    chart: "imr",
    upperSpec: 510,
    sampling: { by: "hand", everyMinutes: 60 },
    occurredAt: iso("00:00"),
  });
  await done("POST", "/measurements", {
    measurements: [
      { characteristic: "fill-weight", values: [500], takenAt: iso("06:30") },
      { characteristic: "fill-weight", values: [512.5], takenAt: iso("11:30") },
    ],
  });
  await done("POST", "/stops/reason", {
    equipment: line,
    from: iso("06:00"),
    to: iso("06:24:20"),
    reason: "breakdown-mechanical",
  });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

async function ask(method: string, path: string, body?: object) {
  const commandId = `handover-command-${(commands += 1)}`;
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body && {
      body: JSON.stringify({ commandId, actor: "badge:1", ...body }),
      headers: { "content-type": "application/json" },
    }),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

async function done(method: string, path: string, body: object): Promise<unknown> {
  const { status, text } = await ask(method, path, body);
  expect({ path, status, text: status === 200 ? "" : text }).toEqual({
    path,
    status: 200,
    text: "",
  });
  return JSON.parse(text);
}

async function report(wanted = shift) {
  const { status, text } = await ask(
    "GET",
    `/handover?line=${line}&shift=${encodeURIComponent(wanted)}`,
  );
  expect({ status, text: status === 200 ? "" : text }).toEqual({ status: 200, text: "" });
  return handoverSchema.parse(JSON.parse(text));
}

const markdown = async () =>
  (await ask("GET", `/handover?line=${line}&shift=${encodeURIComponent(shift)}&format=md`)).text;

async function failure(method: string, path: string, body?: object) {
  const { status, text } = await ask(method, path, body);
  const { error } = JSON.parse(text) as { error: { code: string; field?: string } };
  return [status, error.code, error.field];
}

describe("the handover of a running shift", () => {
  it("tells what the shift has made of its time, in parts that add up", async () => {
    const { report: told } = await report("current");
    expect([told.shift.id, told.to, told.over]).toEqual([shift, iso("12:55"), false]);
    const { parts, losses, minutes } = told.time;
    expect(minutes).toBe(475);
    expect(parts.reduce((sum, part) => sum + part.minutes, 0)).toBe(475);
    expect(parts.reduce((sum, part) => sum + part.ms, 0)).toBe(475 * 60_000);
    expect(parts.find(({ key }) => key === "plannedDowntimeMs")?.minutes).toBe(30);
    expect(losses.reduce((sum, loss) => sum + loss.minutes, 0)).toBe(
      parts
        .filter(({ key }) => ["asutMs", "adetMs", "adotMs"].includes(key))
        .reduce((sum, part) => sum + part.minutes, 0),
    );
    const { stops } = told;
    expect(stops.byReason.map(({ label, count, minutes: min }) => [label, count, min])).toEqual([
      ["Setup and changeover", 1, 40],
      ["Mechanical breakdown", 1, 24],
      ["No reason given", 2, 23],
    ]);
    expect(stops.ms + stops.microstops.ms).toBe(losses.reduce((sum, { ms }) => sum + ms, 0));
    expect(stops.microstops).toMatchObject({ count: 1, minutes: 2 });
    expect(stops.withoutReason.map(({ from }) => from)).toEqual([iso("11:00"), iso("12:50")]);
    expect(stops.open.map(({ id }) => id)).toEqual([`${line}@${at("12:50")}`]);
  });

  it("tells production against what was planned, who was there, what is open and what comes", async () => {
    const { report: told } = await report();
    expect(
      told.production.jobs.map(({ job, good, scrap, target, running }) => [
        job,
        good,
        scrap,
        target,
        running,
      ]),
    ).toEqual([
      ["4711.1", 30_000, 0, 180 * 240, false],
      ["4712.1", 41_234, 321, 225 * 240, true],
    ]);
    expect(told.production.total).toEqual({
      good: 71_234,
      scrap: 321,
      rework: 0,
      target: 405 * 240,
      difference: 71_234 - 405 * 240,
    });
    expect(told.kpis.availability).toBeCloseTo((475 - 30 - 40 - 24.333 - 17.667 - 2 - 5) / 445, 4);
    expect(told.changeovers).toMatchObject([{ productName: "Water 1 l", minutes: 40 }]);
    expect(told.scrap.byUnit).toEqual([
      { unit: `${line}.filler`, name: "filler", scrap: 321, rework: 0 },
    ]);
    expect(told.alarms).toMatchObject({
      count: 2,
      byAlarm: [{ count: 2, minutes: 25 }],
      standing: [{ since: iso("12:50") }],
    });
    expect(told.calls).toMatchObject([
      { id: "call-0001", answeredAfterMs: 180_000, endedAt: null },
    ]);
    expect(told.quality).toMatchObject({
      measurements: 2,
      signals: [{ rule: "outOfSpec" }],
      due: [{ characteristic: "fill-weight" }],
    });
    expect(told.labour.signedOn.map(({ person, minutes }) => [person, minutes])).toEqual([
      ["badge:1", 475],
      ["badge:2", 55],
    ]);
    expect(told.ahead).toMatchObject([{ kind: "maintenance", from: iso("15:00") }]);
    expect(told.queue).toMatchObject([{ job: "4713.1", quantity: 9000 }]);
  });

  it("reads as a text, in the time of the site, and nothing that was written breaks it", async () => {
    await done("POST", "/handover/notes", {
      line,
      text: "Seal <b>worn</b> | see\n# drawer 3",
      topic: "machine",
    });
    const text = await markdown();
    await expect(text).toMatchFileSnapshot("./handover.test.md");
    const page = await ask("GET", `/handover?line=${line}&format=html`);
    expect(page.type).toBe("text/html; charset=utf-8");
    expect(page.text).toContain("Seal &lt;b&gt;worn&lt;/b&gt;");
  });
});

describe("signing it", () => {
  it("keeps what was signed; what is corrected later shows as a difference", async () => {
    expect(
      await failure("POST", "/handover/sign-off", { line, shift, side: "takingOver" }),
    ).toEqual([409, "handover_not_left", "side"]);
    clock.nowMs = at("13:05");
    const before = await report();
    expect(before.report.over).toBe(true);
    const wrong = { line, shift, side: "leaving", hash: "0".repeat(64) };
    expect(await failure("POST", "/handover/sign-off", wrong)).toEqual([
      409,
      "handover_overtaken",
      "hash",
    ]);
    await done("POST", "/handover/sign-off", { line, shift, side: "leaving", hash: before.hash });
    expect((await report()).signOffs).toMatchObject([
      { side: "leaving", actor: "badge:1", hash: before.hash, differences: [] },
    ]);

    await done("POST", "/stops/reason", {
      equipment: line,
      from: iso("11:00"),
      to: iso("11:17:40"),
      reason: "material-missing",
    });
    await giveCounts(database.pool, [
      { unit: `${line}.filler`, role: "scrapCount", atMs: at("10:30"), delta: 9, kind: "step" },
    ]);
    const after = await report();
    expect(after.hash).not.toBe(before.hash);
    expect(after.signOffs[0]?.differences).toEqual(
      expect.arrayContaining([
        { what: "production › total › scrap", signed: "321", now: "330" },
        {
          what: `stops › longest › ${line}@${at("11:00")} › label`,
          signed: "No reason given",
          now: "Material is missing",
        },
      ]),
    );
    const signed = JSON.parse(
      (
        await ask(
          "GET",
          `/handover/signed?line=${line}&shift=${encodeURIComponent(shift)}&side=leaving`,
        )
      ).text,
    ) as object;
    expect(signed).toMatchObject({ hash: before.hash, report: before.report });
  });

  it("is done once a side, by two persons", async () => {
    const sign = { line, shift, side: "takingOver" };
    expect(await failure("POST", "/handover/sign-off", { ...sign, side: "leaving" })).toEqual([
      409,
      "handover_signed",
      "side",
    ]);
    expect(await failure("POST", "/handover/sign-off", sign)).toEqual([
      422,
      "handover_same_person",
      "actor",
    ]);
    await done("POST", "/handover/sign-off", { ...sign, actor: "badge:9" });
    expect((await report("last")).signOffs.map(({ side, actor }) => [side, actor])).toEqual([
      ["leaving", "badge:1"],
      ["takingOver", "badge:9"],
    ]);
    expect(await markdown()).toContain("Taken over by badge:9, 14:05");
  });

  it("refuses what is not there", async () => {
    expect(await failure("GET", "/handover?line=nowhere")).toEqual([404, "line_unknown", "id"]);
    expect(await failure("GET", `/handover?line=${line}&shift=2026-11-23+nothing`)).toEqual([
      404,
      "shift_unknown",
      "shift",
    ]);
    expect(await failure("GET", `/handover?line=${line}&shift=yesterday`)).toEqual([
      404,
      "shift_unknown",
      "shift",
    ]);
    expect(await failure("GET", `/handover/signed?line=${line}&side=leaving`)).toEqual([
      404,
      "handover_not_signed",
      "side",
    ]);
    expect(
      await failure("POST", "/handover/notes", { line, text: "x", withdraws: "nothing-there" }),
    ).toEqual([404, "note_unknown", "withdraws"]);
    clock.nowMs = at("12:00");
    expect(await failure("GET", `/handover?line=${line}&shift=2026-11-23+late`)).toEqual([
      409,
      "shift_not_begun",
      "shift",
    ]);
  });
});

describe("a line whose slots run side by side", () => {
  it("tells each job by the units of its slot", async () => {
    const { pool } = database;
    const other = "stamping-1";
    clock.nowMs = at("13:05");
    const [a, b] = [`${other}.press-a`, `${other}.press-b`];
    const running = { state: "Execute", fromMs: at("05:00"), toMs: null } as const;
    await giveStates(pool, [
      { unit: a, ...running },
      { unit: b, ...running },
    ]);
    const piece = { role: "goodCount", atMs: at("07:00"), kind: "step" } as const;
    await giveCounts(pool, [
      { unit: a, delta: 20_000, ...piece },
      { unit: b, delta: 9_000, ...piece },
    ]);
    await pool.query("DELETE FROM capacity_slot WHERE line = $1", [other]);
    await pool.query(
      `INSERT INTO job (id, production_order, operation, line, quantity, state)
       VALUES ('4711.2', '4711', 2, $1, 9, 'Running'), ('4712.2', '4712', 2, $1, 9, 'Running')`,
      [other],
    );
    await pool.query(
      `WITH slots AS (INSERT INTO capacity_slot (line, slot, units)
                      VALUES ($1, 1, ARRAY[$2]), ($1, 2, ARRAY[$3]) RETURNING key, slot)
       INSERT INTO job_interval (slot_key, job, phase, from_ts)
       SELECT key, CASE slot WHEN 1 THEN '4711.2' ELSE '4712.2' END, 'production', '2026-11-23T05:00Z' FROM slots`,
      [other, a, b],
    );
    const { text } = await ask("GET", `/handover?line=${other}&shift=${encodeURIComponent(shift)}`);
    const { production } = handoverSchema.parse(JSON.parse(text)).report;
    expect(production.jobs.map(({ job, good, target }) => [job, good, target])).toEqual([
      ["4711.2", 20_000, 480 * 60],
      ["4712.2", 9_000, 480 * 60],
    ]);
    expect(production.total).toMatchObject({ good: 29_000, target: 960 * 60 });
  });
});
