import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveCounts } from "../../tests/lakeside.ts";
import { openOrderDesk, type Answer, type OrderDesk } from "../../tests/order-desk.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const at = (time: string) => `2026-11-23T${time}:00.000Z`;
const ms = (time: string) => Date.parse(at(time));

let desk: OrderDesk;
beforeAll(async () => {
  desk = await openOrderDesk(nowMs);
  await desk.send("PUT", "/products/cola", { name: "Cola", unit: "bottle" });
  await desk.send("PUT", "/production-orders/o", { product: "cola", quantity: 100_000 });
});
afterAll(() => desk.close());

let operations = 0;
async function newJob(line: string, more: object = {}): Promise<string> {
  operations += 1;
  const wanted = { order: "o", operation: operations, line, quantity: 1_000, ...more };
  const { status, body } = await desk.send("POST", "/jobs", wanted);
  expect({ status, body }).toMatchObject({ status: 200 });
  return String(body["id"]);
}

function tell(job: string, command: string, time: string, more: object = {}): Promise<Answer> {
  return desk.send("POST", `/jobs/${job}/${command}`, { occurredAt: at(time), ...more });
}

/** A line of its own for a test, with nothing on it. */
async function newLine(id: string): Promise<string> {
  await desk.query("INSERT INTO line VALUES ($1, $1, 'northwind', 'lakeside', 'hall')", [id]);
  return id;
}

async function intervalsOf(job: string): Promise<unknown> {
  return (await desk.get(`/jobs/${job}`)).body["intervals"];
}

describe("a job", () => {
  it("goes from the queue through changeover, hold and resume to its end", async () => {
    const line = await newLine("way-1");
    const job = await newJob(line);
    expect((await desk.get(`/jobs/${job}`)).body).toMatchObject({
      state: "Ready",
      sequence: 1,
      slot: null,
      begunAt: null,
      version: 1,
      product: "cola",
    });
    await desk.takeDirtyHours();
    const started = await tell(job, "start", "05:10", { phase: "setup" });
    expect(started.body).toMatchObject({
      fits: true,
      job: { state: "Running", slot: 1, phase: "setup", begunAt: at("05:10"), version: 2 },
    });
    expect(await desk.takeDirtyHours()).toEqual(["05", "06", "07", "08"].map((h) => `way-1 ${h}`));
    await tell(job, "begin-production", "05:40");
    await tell(job, "hold", "06:20");
    expect(await desk.takeDirtyHours()).toEqual(["05", "06", "07", "08"].map((h) => `way-1 ${h}`));
    await tell(job, "resume", "06:30");
    await desk.takeDirtyHours();
    const completed = await tell(job, "complete", "07:30");
    expect(await desk.takeDirtyHours()).toEqual(["07", "08"].map((h) => `way-1 ${h}`));
    expect(completed.body).toMatchObject({
      job: { state: "Completed", slot: null, phase: null, endedAt: at("07:30") },
    });
    await tell(job, "close", "07:40");
    expect((await desk.get(`/jobs/${job}`)).body).toMatchObject({ state: "Closed", version: 7 });
    expect(await intervalsOf(job)).toEqual([
      { slot: 1, phase: "setup", from: at("05:10"), to: at("05:40") },
      { slot: 1, phase: "production", from: at("05:40"), to: at("06:20") },
      { slot: 1, phase: "production", from: at("06:30"), to: at("07:30") },
    ]);
    const events = await desk.query<{ kind: string }>(
      "SELECT kind FROM outbox WHERE data ->> 'job' = $1 ORDER BY id",
      [job],
    );
    expect(events.map(({ kind }) => kind.slice(4))).toEqual([
      "created",
      "started",
      "productionBegun",
      "held",
      "resumed",
      "completed",
      "closed",
    ]);
  });

  it("is told once, however often the command comes", async () => {
    const job = await newJob(await newLine("once-1"));
    const command = { commandId: "once-start-1", occurredAt: at("05:00") };
    const first = await desk.send("POST", `/jobs/${job}/start`, command);
    const again = await desk.send("POST", `/jobs/${job}/start`, command);
    expect(again).toEqual(first);
    expect((await desk.get(`/jobs/${job}/facts`)).body["items"]).toHaveLength(1);
    const other = await desk.send("POST", `/jobs/${job}/hold`, command);
    expect(other.body.error?.code).toBe("command_id_in_use");
  });

  it("that does not fit is refused, with what is in the way and how out of it", async () => {
    const line = await newLine("refuse-1");
    const [a, b] = [await newJob(line), await newJob(line)];
    await tell(a, "start", "05:00");
    const second = await tell(b, "start", "06:00");
    expect(second).toMatchObject({ status: 409, body: { error: { code: "slot_held" } } });
    expect(second.body.error?.message).toContain(`Job "${a}" runs on line "refuse-1"`);
    const early = await tell(b, "hold", "06:00");
    expect(early.body.error).toMatchObject({ code: "job_state_refuses", field: "occurredAt" });
    expect(early.body.error?.message).toContain("is Waiting");
    const noSetup = await tell(a, "begin-production", "06:00");
    expect(noSetup.body.error?.message).toContain("has no changeover on");
    await tell(a, "hold", "06:10");
    await tell(b, "start", "06:20");
    const back = await tell(a, "resume", "06:15");
    expect(back.body.error).toMatchObject({ code: "later_fact_unfit" });
    expect(back.body.error?.message).toContain(`"start" of job "${b}"`);
    expect((await desk.get(`/job-conflicts?line=${line}`)).body["items"]).toEqual([]);
    expect((await desk.get(`/jobs/${a}`)).body).toMatchObject({ state: "Held", version: 3 });
  });

  it.each([
    ["/jobs/nothing/start", {}, 404, "job_unknown", "id"],
    ["/jobs/JOB/start", { slot: 2 }, 404, "slot_unknown", "slot"],
    ["/jobs/JOB/start", { occurredAt: at("09:00") }, 422, "occurs_in_future", "occurredAt"],
    [
      "/jobs/JOB/start",
      { occurredAt: "2024-01-01T00:00:00Z" },
      422,
      "occurs_too_early",
      "occurredAt",
    ],
    ["/jobs/JOB/start", { expectedVersion: 7 }, 409, "version_overtaken", "expectedVersion"],
    ["/jobs/JOB/start", { phase: "lunch" }, 400, "body_invalid", "phase"],
    [
      "/jobs/JOB/retract",
      { fact: "no-such-command", reason: "x" },
      404,
      "job_fact_unknown",
      "fact",
    ],
  ] as [string, object, number, string, string][])(
    "%s with %j is refused",
    async (path, body, status, code, field) => {
      const job = await newJob("stamping-1");
      const answer = await desk.send("POST", path.replace("JOB", job), body);
      expect(answer).toMatchObject({ status, body: { error: { code, field } } });
    },
  );

  it("in a closed period is refused", async () => {
    const line = await newLine("closed-1");
    const job = await newJob(line);
    await desk.query(
      "INSERT INTO period_lock (equipment, until_ts, actor, closed_at) VALUES ($1, $2, 'x', $2)",
      [line, at("06:00")],
    );
    const answer = await tell(job, "start", "05:59", { onConflict: "keep" });
    expect(answer.body.error?.code).toBe("period_locked");
    expect((await tell(job, "start", "06:00")).status).toBe(200);
  });
});

describe("facts that come late and in any order", () => {
  it("[JF5] are kept and shown as conflicts, until what makes them fit has come", async () => {
    const line = await newLine("late-1");
    const [a, b] = [await newJob(line), await newJob(line)];
    const keep = { onConflict: "keep" };
    await tell(a, "start", "05:00", keep);
    const kept = await tell(b, "start", "06:00", keep);
    expect(kept.body).toMatchObject({ fits: false, job: { state: "Ready", conflicts: 1 } });
    const { body } = await desk.get(`/job-conflicts?line=${line}`);
    expect(body["items"]).toMatchObject([
      { job: b, kind: "start", occurredAt: at("06:00"), reason: "slot", withJob: a },
    ]);
    await tell(a, "complete", "05:45", keep);
    expect((await desk.get(`/jobs/${b}`)).body).toMatchObject({ state: "Running", conflicts: 0 });
    expect((await desk.get(`/job-conflicts?line=${line}`)).body["items"]).toEqual([]);
    const events = await desk.query<{ kind: string; job: string }>(
      "SELECT kind, data ->> 'job' AS job FROM outbox WHERE equipment = $1 AND kind LIKE 'job.c%' ORDER BY id",
      [line],
    );
    expect(events.filter(({ kind }) => kind.includes("conflict"))).toEqual([
      { kind: "job.conflictArose", job: b },
      { kind: "job.conflictSettled", job: b },
    ]);
  });

  it("[JF6] may make later ones unfit, which then wait as well", async () => {
    const line = await newLine("late-2");
    const [a, b] = [await newJob(line), await newJob(line)];
    await tell(b, "start", "06:00");
    expect((await tell(a, "start", "05:00")).body.error?.code).toBe("later_fact_unfit");
    const kept = await tell(a, "start", "05:00", { onConflict: "keep" });
    expect(kept.body).toMatchObject({ fits: true, job: { state: "Running" } });
    expect((await desk.get(`/jobs/${b}`)).body).toMatchObject({ state: "Ready", conflicts: 1 });
  });

  it("[JF9] are taken back where they were wrong", async () => {
    const line = await newLine("late-3");
    const [a, b] = [await newJob(line), await newJob(line)];
    await tell(a, "start", "05:00");
    await tell(a, "complete", "05:30", { commandId: "wrong-complete" });
    await tell(b, "start", "06:00");
    const wrong = { fact: "wrong-complete", reason: "wrong job scanned" };
    const refused = await desk.send("POST", `/jobs/${a}/retract`, wrong);
    expect(refused.body.error?.code).toBe("later_fact_unfit");
    const taken = await desk.send("POST", `/jobs/${a}/retract`, { ...wrong, onConflict: "keep" });
    expect(taken.body).toMatchObject({ job: { state: "Running" } });
    expect((await desk.get(`/jobs/${a}/facts`)).body["items"]).toMatchObject([
      { kind: "start", retracted: false },
      { kind: "complete", retracted: true },
    ]);
    const again = await desk.send("POST", `/jobs/${a}/retract`, wrong);
    expect(again.body.error?.code).toBe("job_fact_unknown");
  });
});

describe("parallel starts", () => {
  it("leave one job running, and name it to the others", async () => {
    const line = await newLine("race-1");
    const jobs: string[] = [];
    for (let n = 0; n < 8; n += 1) jobs.push(await newJob(line));
    const answers = await Promise.all(jobs.map((job) => tell(job, "start", "07:00")));
    const running = jobs.filter((_, place) => answers[place]?.status === 200);
    expect(running).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect({ status, body }).toMatchObject({ status: 409 });
      expect(["slot_held", "later_fact_unfit"]).toContain(body.error?.code);
    }
    const held = await desk.query(
      "SELECT FROM job_interval i JOIN job j ON j.id = i.job WHERE j.line = $1",
      [line],
    );
    expect(held).toHaveLength(1);
  });
});

describe("parallel orders of the same job", () => {
  it("make one job, on one line", async () => {
    const lines = [await newLine("twin-1"), await newLine("twin-2")];
    const wanted = { id: "twin", order: "o", operation: 800, quantity: 5 };
    const answers = await Promise.all(
      [...lines, ...lines].map((line) => desk.send("POST", "/jobs", { ...wanted, line })),
    );
    const { line } = (await desk.get("/jobs/twin")).body as unknown as { line: string };
    for (const [place, { status }] of answers.entries()) {
      expect(status).toBe(lines[place % 2] === line ? 200 : 409);
    }
  });
});

describe("the dispatch queue", () => {
  it("is put in order as a whole, and leaves what has begun alone", async () => {
    const line = await newLine("queue-1");
    const jobs = [await newJob(line), await newJob(line), await newJob(line), await newJob(line)];
    const [a = "", b = "", c = "", d = ""] = jobs;
    await tell(a, "start", "07:00");
    const path = `/lines/${line}/dispatch-queue`;
    const idsOf = (answer: Answer) => (answer.body["jobs"] as { id: string }[]).map(({ id }) => id);
    expect(idsOf(await desk.get(path))).toEqual([b, c, d]);
    const ordered = await desk.send("PUT", path, { jobs: [d, b], expectedVersion: 0 });
    expect(idsOf(ordered)).toEqual([d, b]);
    expect(ordered.body).toMatchObject({ version: 1, jobs: [{ sequence: 1 }, { sequence: 2 }] });
    expect((await desk.get(`/jobs/${c}`)).body).toMatchObject({ state: "Waiting", sequence: null });
    const refusals: [object, string][] = [
      [{ jobs: [a] }, "queue_refuses"],
      [{ jobs: [b, b] }, "queue_refuses"],
      [{ jobs: ["nothing"] }, "job_unknown"],
      [{ jobs: [b], expectedVersion: 0 }, "version_overtaken"],
    ];
    for (const [body, code] of refusals) {
      expect((await desk.send("PUT", path, body)).body.error?.code).toBe(code);
    }
    expect(idsOf(await desk.get(path))).toEqual([d, b]);
    expect((await desk.get("/lines/nowhere/dispatch-queue")).body.error?.code).toBe("line_unknown");
  });
});

describe("jobs", () => {
  it("are planned once, in the same words or with a version", async () => {
    const line = await newLine("plan-1");
    const wanted = { id: "plan-a", order: "o", operation: 900, line, quantity: 50 };
    const times = { plannedStart: at("09:00"), plannedEnd: at("12:00") };
    await desk.send("POST", "/jobs", { ...wanted, ...times });
    expect((await desk.send("POST", "/jobs", { ...wanted, ...times })).body["version"]).toBe(1);
    const refusals: [object, string][] = [
      [{ ...wanted, quantity: 60 }, "already_differs"],
      [{ ...wanted, id: "plan-b" }, "operation_taken"],
      [{ ...wanted, id: "plan-b", operation: 901, order: "none" }, "order_unknown"],
      [{ ...wanted, id: "plan-b", operation: 901, line: "nowhere" }, "line_unknown"],
      [
        { ...wanted, id: "plan-b", operation: 901, ...times, plannedEnd: at("09:00") },
        "planned_times_reversed",
      ],
    ];
    for (const [body, code] of refusals) {
      expect((await desk.send("POST", "/jobs", body)).body.error?.code).toBe(code);
    }
    const moved = await desk.send("PATCH", "/jobs/plan-a", {
      line: "stamping-1",
      expectedVersion: 1,
    });
    expect(moved.body).toMatchObject({ line: "stamping-1", plannedEnd: at("12:00"), version: 2 });
    const late = await desk.send("PATCH", "/jobs/plan-a", { quantity: 1, expectedVersion: 1 });
    expect(late.body.error?.code).toBe("version_overtaken");
    await tell("plan-a", "abort", "07:00");
    const back = await desk.send("PATCH", "/jobs/plan-a", { line });
    expect(back.body.error?.code).toBe("job_begun");
  });

  it("are listed by line, state and time", async () => {
    const line = await newLine("list-1");
    const [a, b] = [await newJob(line), await newJob(line, { plannedStart: at("10:00") })];
    await tell(a, "start", "05:00");
    await tell(a, "complete", "06:00");
    const ids = async (query: string) =>
      ((await desk.get(`/jobs?line=${line}${query}`)).body["items"] as { id: string }[]).map(
        ({ id }) => id,
      );
    expect(await ids("")).toEqual([a, b].sort());
    expect(await ids("&state=Completed,Closed")).toEqual([a]);
    expect(await ids(`&from=${at("06:00")}&to=${at("11:00")}`)).toEqual([b]);
    expect(await ids(`&from=${at("05:30")}&to=${at("05:40")}`)).toEqual([a]);
    expect((await desk.get("/jobs?state=Sleeping")).body.error?.code).toBe("parameter_invalid");
    const csv = await fetch(`${desk.edge.url}/api/v1/jobs?line=${line}&format=csv`);
    expect((await csv.text()).split("\r\n")[0]).toMatch(/^id,order,operation,line,/);
  });
});

describe("what was made", () => {
  it("[JP1] belongs to the job that held the slot then, late samples too", async () => {
    const line = "bottling-1";
    const [a, b] = [await newJob(line), await newJob(line, { quantity: 100_000 })];
    await tell(a, "start", "05:00");
    await tell(a, "complete", "06:00");
    await tell(b, "start", "06:00", { phase: "setup" });
    await tell(b, "begin-production", "07:00");
    const [filler, packer] = ["bottling-1.filler", "bottling-1.packer"];
    const good = { unit: packer, role: "goodCount", kind: "step" } as const;
    await giveCounts(desk.database.pool, [
      { ...good, atMs: ms("06:00") - 1, delta: 900 },
      { ...good, atMs: ms("06:00"), delta: 40 },
      { ...good, atMs: ms("07:30"), delta: 7_000 },
      { ...good, unit: filler, atMs: ms("05:30"), delta: 5_555 },
      { unit: filler, role: "scrapCount", kind: "step", atMs: ms("05:30"), delta: 30 },
      { unit: packer, role: "scrapCount", kind: "step", atMs: ms("05:40"), delta: 3 },
    ]);
    const progressOf = async (job: string) => (await desk.get(`/jobs/${job}`)).body["progress"];
    expect(await progressOf(a)).toMatchObject({ good: 900, scrap: 33, remaining: 100, over: 0 });
    await giveCounts(desk.database.pool, [{ ...good, atMs: ms("05:50"), delta: 250 }]);
    const declare = (role: string, quantity: number, time: string) =>
      desk.send("POST", "/declarations", {
        equipment: line,
        role,
        quantity,
        reason: "count",
        occurredAt: at(time),
      });
    await declare("good", -50, "05:59");
    await declare("rework", 20, "05:10");
    await declare("scrap", 2, "06:30");
    expect(await progressOf(a)).toEqual({
      good: 1_100,
      scrap: 33,
      rework: 20,
      firstPassGood: 1_080,
      declared: { good: -50, scrap: 0, rework: 20 },
      remaining: 0,
      over: 100,
      setupMs: 0,
      productionMs: 3_600_000,
      idealRatePerMinute: 240,
      expected: 1_000,
      aheadPieces: 100,
      aheadMinutes: 100 / 240,
      estimatedEnd: null,
    });
    expect(await progressOf(b)).toMatchObject({
      good: 7_040,
      scrap: 2,
      remaining: 92_960,
      setupMs: 3_600_000,
      productionMs: 3_600_000,
      expected: 14_400,
      aheadPieces: -7_360,
      estimatedEnd: new Date(nowMs + Math.round((92_960 / 7_040) * 3_600_000)).toISOString(),
    });
  });

  it("[JP1] of a line with several slots is each slot's own, and nobody's twice", async () => {
    const line = "stamping-1";
    const path = `/lines/${line}/capacity-slots`;
    const refusals: [object, string][] = [
      [{ slots: [{ units: ["bottling-1.filler"] }] }, "slot_units_invalid"],
      [
        { slots: [{ units: [`${line}.press-a`] }, { units: [`${line}.press-a`] }] },
        "slot_units_invalid",
      ],
    ];
    for (const [body, code] of refusals) {
      expect((await desk.send("PUT", path, body)).body.error?.code).toBe(code);
    }
    const slots = [{ units: [] }, { units: [`${line}.press-b`] }];
    await desk.send("PUT", path, { slots });
    expect((await desk.get(`/capacity-slots?line=${line}`)).body["items"]).toEqual([
      { line, slot: 1, units: [] },
      { line, slot: 2, units: [`${line}.press-b`] },
    ]);
    const [a, b] = [await newJob(line), await newJob(line)];
    await tell(a, "start", "05:00");
    expect((await tell(b, "start", "05:00")).body).toMatchObject({ job: { slot: 2 } });
    const good = { role: "goodCount", kind: "step", atMs: ms("05:30") } as const;
    await giveCounts(desk.database.pool, [
      { ...good, unit: `${line}.press-a`, delta: 10 },
      { ...good, unit: `${line}.press-b`, delta: 200 },
    ]);
    const goodOf = async (job: string) =>
      ((await desk.get(`/jobs/${job}`)).body["progress"] as { good: number }).good;
    expect([await goodOf(a), await goodOf(b)]).toEqual([10, 200]);
    const fewer = await desk.send("PUT", path, { slots: [{ units: [] }] });
    expect(fewer.body.error?.code).toBe("slot_used");
  });
});

describe("events", () => {
  it("are all of kinds that are written down, and of their shape", async () => {
    expect(await desk.oddEvents()).toEqual([]);
  });
});
