import type { ApiError } from "@only-mes/protocols/console/http";
import type { AndonCall, EscalationRule } from "@only-mes/protocols/console/andon";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, TestConsole, type RunningEdge } from "../../tests/running-edge.ts";
import { deltasTo } from "../../tests/live-plant.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { andonState } from "../streams/uns/andonState.ts";
import { escalate } from "../andon/startEscalations.ts";

const clock = new TestClock(Date.parse("2026-11-23T09:00:00Z"));
let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  await database.pool.query(
    `INSERT INTO shift_instance (line_key, business_date, name, from_ts, to_ts)
     SELECT key, '2026-11-23', 'early', '2026-11-23T05:00Z', '2026-11-23T13:00Z' FROM line`,
  );
  edge = await startEdge({ pool: database.pool, clock });
});
afterAll(async () => {
  await edge.close();
  await database.close();
});

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body && {
      body: JSON.stringify({
        commandId: `andon-command-${(commands += 1)}`,
        actor: "badge:7",
        ...body,
      }),
      headers: { "content-type": "application/json" },
    }),
  });
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

async function done<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const { status, text, body: answer } = await ask(method, path, body);
  expect({ path, status, text: status === 200 ? "" : text }).toEqual({
    path,
    status: 200,
    text: "",
  });
  return answer as Answer;
}

async function refused(method: string, path: string, body?: object): Promise<string> {
  const { body: answer } = await ask(method, path, body);
  return (answer as ApiError).error?.code;
}

const call = (changes: object = {}) =>
  done<AndonCall>("POST", "/andon-calls", {
    line: "bottling-1",
    unit: "bottling-1.filler",
    kind: "maintenance",
    note: "smells hot",
    ...changes,
  });

const told: string[] = [];
const run = () =>
  escalate({
    pool: database.pool,
    clock,
    log: pino({ level: "silent" }),
    tell: (_line, { text }) => told.push(text),
  });

describe("andon calls", () => {
  it("go from open to resolved, and consoles of the line see it", async () => {
    const console = new TestConsole(edge.url);
    await console.subscribe({ topic: "line:bottling-1" });
    const raised = await call();
    expect(raised).toMatchObject({ state: "open", raisedBy: "badge:7", note: "smells hot" });
    clock.nowMs += 1000;
    expect(await done("POST", `/andon-calls/${raised.id}/acknowledge`, {})).toMatchObject({
      state: "acknowledged",
      acknowledgedBy: "badge:7",
    });
    expect(await refused("POST", `/andon-calls/${raised.id}/acknowledge`, {})).toBe(
      "andon_call_already",
    );
    await done("POST", `/andon-calls/${raised.id}/arrive`, {});
    await done("POST", `/andon-calls/${raised.id}/resolve`, { note: "belt changed" });
    expect(await refused("POST", `/andon-calls/${raised.id}/cancel`, {})).toBe("andon_call_ended");
    const shown = () =>
      deltasTo(console).flatMap(({ change }) => (change.events ?? []).map(({ text }) => text));
    await vi.waitUntil(() => shown().length >= 4, { timeout: 10_000 });
    expect(shown()).toEqual([
      "filler: Call for maintenance (smells hot)",
      "filler: Call for maintenance acknowledged",
      "filler: Call for maintenance: somebody is there",
      "filler: Call for maintenance resolved",
    ]);
    console.close();
    const { rows } = await database.pool.query(
      "SELECT kind FROM outbox WHERE kind LIKE 'andonCall.%' ORDER BY id",
    );
    expect(rows.map(({ kind }) => kind)).toEqual([
      "andonCall.raised",
      "andonCall.acknowledged",
      "andonCall.arrived",
      "andonCall.resolved",
    ]);
  });

  it("end alike when a step comes late", async () => {
    const { id, raisedAt } = await call();
    clock.nowMs += 60_000;
    await done("POST", `/andon-calls/${id}/resolve`, {});
    await done("POST", `/andon-calls/${id}/arrive`, {
      occurredAt: new Date(clock.nowMs - 1000).toISOString(),
    });
    const answer = await done<AndonCall>("POST", `/andon-calls/${id}/acknowledge`, {
      occurredAt: raisedAt,
    });
    expect(answer).toMatchObject({ state: "resolved", acknowledgedAt: raisedAt });
    const before = new Date(Date.parse(raisedAt) - 1).toISOString();
    expect(await refused("POST", `/andon-calls/${id}/cancel`, { occurredAt: before })).toBe(
      "andon_step_before_call",
    );
  });

  it("are refused where they cannot be", async () => {
    const wrong = { line: "bottling-1", kind: "help" };
    expect(await refused("POST", "/andon-calls", { ...wrong, line: "nowhere" })).toBe(
      "line_unknown",
    );
    expect(await refused("POST", "/andon-calls", { ...wrong, unit: "stamping-1.press-a" })).toBe(
      "andon_unit_elsewhere",
    );
    expect(await refused("POST", "/andon-calls", { ...wrong, kind: "coffee" })).toBe(
      "body_invalid",
    );
    expect(await refused("POST", "/andon-calls/none/resolve", {})).toBe("andon_call_unknown");
    expect(await refused("GET", "/andon-calls/none")).toBe("andon_call_unknown");
  });

  it("are listed, the open ones apart, and as CSV", async () => {
    const open = await call({ kind: "safety", note: "=1+1" });
    const { items } = await done<{ items: AndonCall[] }>(
      "GET",
      "/andon-calls?open=1&line=bottling-1",
    );
    expect(items.map(({ id }) => id)).toEqual([open.id]);
    const asked = { nowMs: clock.nowMs, equipment: undefined };
    expect([...(await andonState.read(database.pool, asked))]).toMatchObject([
      ["bottling-1", { calls: [{ call: open.id, kind: "safety" }] }],
      ["stamping-1", { calls: [] }],
    ]);
    const page = await done<{ items: AndonCall[]; nextCursor: string }>(
      "GET",
      "/andon-calls?limit=1",
    );
    const next = await done<{ items: AndonCall[] }>(
      "GET",
      `/andon-calls?limit=1&cursor=${page.nextCursor}`,
    );
    expect([page.items[0]?.id, next.items.length]).toEqual([open.id, 1]);
    expect((await ask("GET", "/andon-calls?format=csv")).text).toContain("'=1+1");
    await done("POST", `/andon-calls/${open.id}/cancel`, {});
  });
});

describe("escalation", () => {
  const steps = [
    { afterMs: 60_000, to: ["role:shift-lead"] },
    { afterMs: 120_000, to: ["role:night"], shifts: ["night"] },
    { afterMs: 180_000, to: ["role:plant-manager"], unless: "resolved" },
  ];

  it("tells each step once, over restarts and however often it looks", async () => {
    await done<EscalationRule>("PUT", "/escalation-rules/all", {
      steps: [{ afterMs: 3_600_000, to: ["x"] }],
    });
    await done("PUT", "/escalation-rules/hall", {
      equipment: "northwind/lakeside/beverages",
      steps,
    });
    const { id } = await call();
    clock.nowMs += 59_999;
    await run();
    expect(told).toEqual([]);
    clock.nowMs += 1;
    await Promise.all([run(), run()]);
    await run();
    expect(told).toEqual(["filler: Call for maintenance escalated"]);
    await done("POST", `/andon-calls/${id}/acknowledge`, {});
    clock.nowMs += 600_000;
    await run();
    await run();
    const answer = await done<AndonCall>("GET", `/andon-calls/${id}`);
    expect(answer.escalations.map(({ step, to }) => [step, to])).toEqual([
      [0, ["role:shift-lead"]],
      [2, ["role:plant-manager"]],
    ]);
    const { rows } = await database.pool.query(
      "SELECT at FROM outbox WHERE kind = 'andonCall.escalated'",
    );
    expect(rows).toHaveLength(2);
    await done("POST", `/andon-calls/${id}/resolve`, {});
    clock.nowMs += 3_600_000;
    await run();
    expect(told).toHaveLength(2);
  });

  it("rules are refused where they contradict, and end", async () => {
    expect(
      await refused("PUT", "/escalation-rules/hall-2", {
        equipment: "northwind/lakeside/beverages",
        steps,
      }),
    ).toBe("escalation_rule_twice");
    expect(await refused("PUT", "/escalation-rules/hall", { steps: steps.toReversed() })).toBe(
      "escalation_steps_unordered",
    );
    expect(await refused("POST", "/escalation-rules/none/retire", {})).toBe(
      "escalation_rule_unknown",
    );
    await done("POST", "/escalation-rules/hall/retire", { expectedVersion: 1 });
    const { items } = await done<{ items: EscalationRule[] }>("GET", "/escalation-rules");
    expect(items.map(({ id }) => id)).toEqual(["all"]);
  });
});
