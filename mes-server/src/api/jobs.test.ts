import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, nowMs, openJobDesk, type JobDesk } from "../../tests/job-desk.ts";
import { giveCounts } from "../../tests/lakeside.ts";
import type { Answer } from "../../tests/order-desk.ts";

const ms = (time: string) => Date.parse(at(time));

let desk: JobDesk;
beforeAll(async () => {
  desk = await openJobDesk();
});
afterAll(() => desk.close());

describe("the dispatch queue", () => {
  it("is put in order as a whole, and leaves what has begun alone", async () => {
    const line = await desk.newLine("queue-1");
    const jobs = [
      await desk.newJob(line),
      await desk.newJob(line),
      await desk.newJob(line),
      await desk.newJob(line),
    ];
    const [a = "", b = "", c = "", d = ""] = jobs;
    await desk.tell(a, "start", "07:00");
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
    const line = await desk.newLine("plan-1");
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
    await desk.tell("plan-a", "abort", "07:00");
    const back = await desk.send("PATCH", "/jobs/plan-a", { line });
    expect(back.body.error?.code).toBe("job_begun");
  });

  it("are listed by line, state and time", async () => {
    const line = await desk.newLine("list-1");
    const [a, b] = [
      await desk.newJob(line),
      await desk.newJob(line, { plannedStart: at("10:00") }),
    ];
    await desk.tell(a, "start", "05:00");
    await desk.tell(a, "complete", "06:00");
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
    const [a, b] = [await desk.newJob(line), await desk.newJob(line, { quantity: 100_000 })];
    await desk.tell(a, "start", "05:00");
    await desk.tell(a, "complete", "06:00");
    await desk.tell(b, "start", "06:00", { phase: "setup" });
    await desk.tell(b, "begin-production", "07:00");
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
    const [a, b] = [await desk.newJob(line), await desk.newJob(line)];
    await desk.tell(a, "start", "05:00");
    expect((await desk.tell(b, "start", "05:00")).body).toMatchObject({ job: { slot: 2 } });
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
