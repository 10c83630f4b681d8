import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, nowMs, openJobDesk, type JobDesk } from "../../tests/job-desk.ts";
import { jobState } from "../streams/uns/jobState.ts";

let desk: JobDesk;
beforeAll(async () => {
  desk = await openJobDesk();
});
afterAll(() => desk.close());

async function intervalsOf(job: string): Promise<unknown> {
  return (await desk.get(`/jobs/${job}`)).body["intervals"];
}

describe("a job", () => {
  it("goes from the queue through changeover, hold and resume to its end", async () => {
    const line = await desk.newLine("way-1");
    const job = await desk.newJob(line);
    expect((await desk.get(`/jobs/${job}`)).body).toMatchObject({
      state: "Ready",
      sequence: 1,
      slot: null,
      begunAt: null,
      version: 1,
      product: "cola",
    });
    await desk.takeDirtyHours();
    const started = await desk.tell(job, "start", "05:10", { phase: "setup" });
    expect(started.body).toMatchObject({
      fits: true,
      job: { state: "Running", slot: 1, phase: "setup", begunAt: at("05:10"), version: 2 },
    });
    expect(await desk.takeDirtyHours()).toEqual(["05", "06", "07", "08"].map((h) => `way-1 ${h}`));
    await desk.tell(job, "begin-production", "05:40");
    await desk.tell(job, "hold", "06:20");
    expect(await desk.takeDirtyHours()).toEqual(["05", "06", "07", "08"].map((h) => `way-1 ${h}`));
    await desk.tell(job, "resume", "06:30");
    await desk.takeDirtyHours();
    const completed = await desk.tell(job, "complete", "07:30");
    expect(await desk.takeDirtyHours()).toEqual(["07", "08"].map((h) => `way-1 ${h}`));
    expect(completed.body).toMatchObject({
      job: { state: "Completed", slot: null, phase: null, endedAt: at("07:30") },
    });
    await desk.tell(job, "close", "07:40");
    expect((await desk.get(`/jobs/${job}`)).body).toMatchObject({ state: "Closed", version: 7 });
    expect(await intervalsOf(job)).toEqual([
      { slot: 1, phase: "setup", from: at("05:10"), to: at("05:40") },
      { slot: 1, phase: "production", from: at("05:40"), to: at("06:20") },
      { slot: 1, phase: "production", from: at("06:30"), to: at("07:30") },
    ]);
    const events = await desk.query<{ kind: string; state: string }>(
      "SELECT kind, data ->> 'state' AS state FROM outbox WHERE data ->> 'job' = $1 ORDER BY id",
      [job],
    );
    expect(events.at(-2)).toEqual({ kind: "job.completed", state: "Completed" });
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
    const job = await desk.newJob(await desk.newLine("once-1"));
    const command = { commandId: "once-start-1", occurredAt: at("05:00") };
    const first = await desk.send("POST", `/jobs/${job}/start`, command);
    const again = await desk.send("POST", `/jobs/${job}/start`, command);
    expect(again).toEqual(first);
    expect((await desk.get(`/jobs/${job}/facts`)).body["items"]).toHaveLength(1);
    const other = await desk.send("POST", `/jobs/${job}/hold`, command);
    expect(other.body.error?.code).toBe("command_id_in_use");
  });

  it("that does not fit is refused, with what is in the way and how out of it", async () => {
    const line = await desk.newLine("refuse-1");
    const [a, b] = [await desk.newJob(line), await desk.newJob(line)];
    await desk.tell(a, "start", "05:00");
    const second = await desk.tell(b, "start", "06:00");
    expect(second).toMatchObject({ status: 409, body: { error: { code: "slot_held" } } });
    expect(second.body.error?.message).toContain(`Job "${a}" runs on line "refuse-1"`);
    const early = await desk.tell(b, "hold", "06:00");
    expect(early.body.error).toMatchObject({ code: "job_state_refuses", field: "occurredAt" });
    expect(early.body.error?.message).toContain("is Waiting");
    const noSetup = await desk.tell(a, "begin-production", "06:00");
    expect(noSetup.body.error?.message).toContain("has no changeover on");
    await desk.tell(a, "hold", "06:10");
    await desk.tell(b, "start", "06:20");
    const back = await desk.tell(a, "resume", "06:15");
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
      const job = await desk.newJob("stamping-1");
      const answer = await desk.send("POST", path.replace("JOB", job), body);
      expect(answer).toMatchObject({ status, body: { error: { code, field } } });
    },
  );

  it("in a closed period is refused", async () => {
    const line = await desk.newLine("closed-1");
    const job = await desk.newJob(line);
    await desk.query(
      "INSERT INTO period_lock (equipment, until_ts, actor, closed_at) VALUES ($1, $2, 'x', $2)",
      [line, at("06:00")],
    );
    const answer = await desk.tell(job, "start", "05:59", { onConflict: "keep" });
    expect(answer.body.error?.code).toBe("period_locked");
    expect((await desk.tell(job, "start", "06:00")).status).toBe(200);
  });
});

describe("facts that come late and in any order", () => {
  it("[JF5] are kept and shown as conflicts, until what makes them fit has come", async () => {
    const line = await desk.newLine("late-1");
    const [a, b] = [await desk.newJob(line), await desk.newJob(line)];
    const keep = { onConflict: "keep" };
    await desk.tell(a, "start", "05:00", keep);
    const kept = await desk.tell(b, "start", "06:00", keep);
    expect(kept.body).toMatchObject({ fits: false, job: { state: "Ready", conflicts: 1 } });
    const { body } = await desk.get(`/job-conflicts?line=${line}`);
    expect(body["items"]).toMatchObject([
      { job: b, kind: "start", occurredAt: at("06:00"), reason: "slot", withJob: a },
    ]);
    await desk.tell(a, "complete", "05:45", keep);
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
    const line = await desk.newLine("late-2");
    const [a, b] = [await desk.newJob(line), await desk.newJob(line)];
    await desk.tell(b, "start", "06:00");
    expect((await desk.tell(a, "start", "05:00")).body.error?.code).toBe("later_fact_unfit");
    const kept = await desk.tell(a, "start", "05:00", { onConflict: "keep" });
    expect(kept.body).toMatchObject({ fits: true, job: { state: "Running" } });
    expect((await desk.get(`/jobs/${b}`)).body).toMatchObject({ state: "Ready", conflicts: 1 });
  });

  it("[JF9] are taken back where they were wrong", async () => {
    const line = await desk.newLine("late-3");
    const [a, b] = [await desk.newJob(line), await desk.newJob(line)];
    await desk.tell(a, "start", "05:00");
    await desk.tell(a, "complete", "05:30", { commandId: "wrong-complete" });
    await desk.tell(b, "start", "06:00");
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
    const line = await desk.newLine("race-1");
    const jobs: string[] = [];
    for (let n = 0; n < 8; n += 1) jobs.push(await desk.newJob(line));
    const answers = await Promise.all(jobs.map((job) => desk.tell(job, "start", "07:00")));
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
    const lines = [await desk.newLine("twin-1"), await desk.newLine("twin-2")];
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

describe("the broker", () => {
  it("is told which jobs hold the slots of a line", async () => {
    const line = await desk.newLine("uns-1");
    const asked = { nowMs, equipment: [line] };
    const job = await desk.newJob(line);
    const read = async () => (await jobState.read(desk.database.pool, asked)).get(line);
    expect(await read()).toEqual({ running: [] });
    await desk.tell(job, "start", "05:00", { phase: "setup" });
    expect(await read()).toEqual({
      running: [{ slot: 1, job, order: "o", product: "cola", phase: "setup", since: at("05:00") }],
    });
  });
});

describe("events", () => {
  it("are all of kinds that are written down, and of their shape", async () => {
    expect(await desk.oddEvents()).toEqual([]);
  });
});
