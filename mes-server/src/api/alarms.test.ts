import type { ApiError } from "@only-mes/protocols/console/http";
import type {
  Alarm,
  AlarmDefinition,
  AlarmOccurrence,
  AlarmsChanged,
  AlarmStatistics,
} from "@only-mes/protocols/console/alarms";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { giveSamples, givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { alarmWatcher } from "../alarms/alarmWatcher.ts";
import { alarmState } from "../streams/uns/alarmState.ts";
import { startWatch, type Watch } from "../watch/startWatch.ts";

const baseMs = Date.parse("2026-11-23T08:00:00Z");
const clock = new TestClock(baseMs);
const signal = "bottling-1.filler.temperature";
const id = "bottling-1.filler.heat";
let database: TestDatabase;
let edge: RunningEdge;
let watch: Watch;
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  edge = await startEdge({ pool: database.pool, clock });
  watch = startWatch({
    pool: database.pool,
    clock,
    log: pino({ level: process.env["TEST_LOG"] ?? "silent" }),
    watchers: [alarmWatcher({ settleMs: 0 })],
    onTold: (told) => told.forEach(({ line, event }) => edge.tell(line, event)),
    turnEveryMs: 1,
  });
});
afterAll(async () => {
  await watch.close();
  await edge.close();
  await database.close();
});
beforeEach(async () => {
  clock.nowMs += 60_000;
  await watch.settled();
});

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body && {
      body: JSON.stringify({
        commandId: `alarm-command-${(commands += 1)}`,
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

const settings = {
  name: "Temperature",
  signal,
  priority: "high",
  condition: { kind: "limits", hi: { at: 80 }, hihi: { at: 90, priority: "critical" } },
  response: "Open the cooling valve.",
};

async function measure(...values: number[]): Promise<void> {
  for (const value of values) {
    clock.nowMs += 1000;
    await giveSamples(database.pool, [{ signal, atMs: clock.nowMs, value }]);
  }
  await watch.settled();
}

async function stateOf(alarm: string): Promise<string> {
  return (await done<Alarm>("GET", `/alarms/${alarm}`)).state;
}

describe("definitions of alarms", () => {
  it("are put, patched, retired and versioned", async () => {
    const put = await done<AlarmDefinition>("PUT", `/alarm-definitions/${id}`, settings);
    expect(put).toMatchObject({ id, version: 1, line: "bottling-1", retired: false, onDelayMs: 0 });
    const same = await done<AlarmDefinition>("PUT", `/alarm-definitions/${id}`, settings);
    expect(same.version).toBe(1);
    const patch = { offDelayMs: 500, expectedVersion: 1 };
    expect(await done("PATCH", `/alarm-definitions/${id}`, patch)).toMatchObject({
      version: 2,
      offDelayMs: 500,
      response: settings.response,
    });
    expect(await refused("PATCH", `/alarm-definitions/${id}`, patch)).toBe("version_overtaken");
    await done("PATCH", `/alarm-definitions/${id}`, { offDelayMs: 0 });
    const { items } = await done<{ items: AlarmDefinition[] }>(
      "GET",
      `/alarm-definitions/${id}/versions`,
    );
    expect(items.map(({ version, offDelayMs }) => [version, offDelayMs])).toEqual([
      [1, 0],
      [2, 500],
      [3, 0],
    ]);
  });

  it.each([
    ["x.y", {}, "alarm_definition_id_invalid"],
    ["bottling-1.filler.Heat", {}, "alarm_definition_id_invalid"],
    ["bottling-1.press.heat", {}, "unit_unknown"],
    [id, { condition: { kind: "limits", hi: { at: 1 }, lo: { at: 1 } } }, "alarm_limits_reversed"],
    [id, { signal: "bottling-1.filler.pressure" }, "alarm_signal_unknown"],
    [id, { signal: undefined }, "alarm_signal_missing"],
    [id, { signal: "stamping-1.press-a.temperature" }, "alarm_signal_elsewhere"],
    [id, { signal: "bottling-1.filler.product" }, "alarm_signal_unsuitable"],
    [id, { signal: "bottling-1.packer.temperature" }, "alarm_signal_fixed"],
    [id, { occurredAt: "2026-11-20T08:00:00Z" }, "alarm_definition_too_far_back"],
    [id, { priority: "urgent" }, "body_invalid"],
  ])("%s with %j is refused: %s", async (of, changes, code) => {
    expect(await refused("PUT", `/alarm-definitions/${of}`, { ...settings, ...changes })).toBe(
      code,
    );
  });

  it("go through a spreadsheet and back, all of them or none", async () => {
    await done("PUT", "/alarm-definitions/bottling-1.filler.held", {
      name: "=Held for long",
      priority: "medium",
      condition: { kind: "state", states: ["Held", "Aborted"] },
      onDelayMs: 60_000,
    });
    const { text } = await ask("GET", "/alarm-definitions?format=csv&line=bottling-1");
    expect(text).toContain("'=Held for long");
    const again = { csv: text };
    expect(await done("POST", "/alarm-definitions/import", again)).toMatchObject({
      created: 0,
      changed: 0,
      unchanged: 2,
    });
    const header = text.slice(0, text.indexOf("\r\n"));
    const columns = header.split(",");
    const rowOf = (cells: Record<string, string>): string =>
      columns.map((name) => cells[name] ?? "").join(",");
    const rows = Array.from({ length: 3000 }, (_, index) =>
      rowOf({
        id: `bottling-1.packer.tag-${index}`,
        name: `Tag ${index}`,
        kind: "limits",
        hi: "80",
        deadband: "2",
        signal: "bottling-1.packer.temperature",
        priority: "low",
      }),
    );
    const csv = [header, ...rows].join("\r\n");
    expect(await done("POST", "/alarm-definitions/import", { csv, dryRun: true })).toEqual({
      dryRun: true,
      created: 3000,
      changed: 0,
      unchanged: 0,
    });
    expect(await done("POST", "/alarm-definitions/import", { csv })).toMatchObject({
      created: 3000,
    });
    await watch.settled();
    const wrong = [
      header,
      rowOf({
        id: "bottling-1.packer.a",
        name: "A",
        kind: "limits",
        hi: "x",
        priority: "low",
        signal,
      }),
      rowOf({
        id: "bottling-1.packer.b",
        name: "B",
        kind: "limits",
        hi: "8",
        priority: "low",
        signal: "nowhere",
      }),
    ].join("\n");
    const { status, body } = await ask("POST", "/alarm-definitions/import", { csv: wrong });
    expect(status).toBe(422);
    expect(body.error.problems).toEqual([expect.stringMatching(/^row 1: condition\.hi\.at: /)]);
    expect(await refused("POST", "/alarm-definitions/import", { csv: "id,nonsense\na,b" })).toBe(
      "alarm_csv_invalid",
    );
    expect(await refused("GET", "/alarm-definitions/bottling-1.packer.a")).toBe(
      "alarm_definition_unknown",
    );
    await done("POST", "/alarm-definitions/import", { csv: csv.replaceAll(/,\r\n/g, ",true\r\n") });
  });
});

describe("the alarm list", () => {
  it("shows what is active, and takes acknowledgements, at once for many", async () => {
    await measure(70, 95);
    const { items } = await done<{ items: Alarm[] }>("GET", "/alarms?line=bottling-1");
    expect(
      items
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ id: of, state, priority, name }) => [of, state, priority, name]),
    ).toEqual([
      [`${id}.hi`, "unacknowledged", "high", "Temperature high"],
      [`${id}.hihi`, "unacknowledged", "critical", "Temperature very high"],
    ]);
    const states = await alarmState.read(database.pool, {
      nowMs: clock.nowMs,
      equipment: ["bottling-1"],
    });
    expect(states.get("bottling-1")).toMatchObject({
      count: 2,
      unacknowledged: 2,
      alarms: [{ alarm: `${id}.hi`, name: "Temperature high" }, { priority: "critical" }],
    });
    const many = { alarms: [`${id}.hi`, `${id}.hihi`, "bottling-1.nothing"], comment: "seen" };
    const answer = await done<AlarmsChanged>("POST", "/alarms/acknowledge", many);
    expect(answer.changed.map(({ state }) => state)).toEqual(["acknowledged", "acknowledged"]);
    expect(answer.refused).toMatchObject([{ alarm: "bottling-1.nothing", code: "alarm_unknown" }]);
    expect(await refused("POST", `/alarms/${id}.hi/acknowledge`, {})).toBe("alarm_not_active");
    await measure(60);
    expect((await done<{ items: Alarm[] }>("GET", "/alarms")).items).toEqual([]);
    const history = await done<{ items: AlarmOccurrence[] }>(
      "GET",
      `/alarms/history?alarm=${id}.hi`,
    );
    expect(history.items).toMatchObject([
      { value: 95, shown: true, late: false, acknowledgedBy: "badge:7", comment: "seen" },
    ]);
    expect((await ask("GET", "/alarms/history?format=csv")).text).toContain(
      "Temperature very high",
    );
    const events = await done<{ items: unknown[] }>(
      "GET",
      "/alarms?priority=critical&state=normal",
    );
    expect(events.items).toHaveLength(1);
  });

  it("shelves for a bounded time, after which it is raised anew if it still holds", async () => {
    await measure(85);
    const until = (minutes: number) => new Date(clock.nowMs + minutes * 60_000).toISOString();
    expect(await refused("POST", `/alarms/${id}.hi/shelve`, { until: until(9 * 60) })).toBe(
      "shelving_too_long",
    );
    expect(await refused("POST", `/alarms/${id}.hi/shelve`, { until: until(-1) })).toBe(
      "shelving_ended",
    );
    expect(await refused("POST", `/alarms/${id}.hi/unshelve`, {})).toBe("alarm_not_shelved");
    expect(await refused("POST", "/alarms/none/shelve", { until: until(1) })).toBe("alarm_unknown");
    await done("POST", `/alarms/${id}.hi/shelve`, { until: until(10) });
    expect((await done<{ items: Alarm[] }>("GET", "/alarms?state=shelved")).items).toMatchObject([
      { id: `${id}.hi`, active: true },
    ]);
    clock.nowMs += 10 * 60_000;
    await watch.settled();
    expect(await stateOf(`${id}.hi`)).toBe("unacknowledged");
    await done("POST", `/alarms/${id}.hi/suppress`, {});
    expect(await refused("POST", `/alarms/${id}.hi/shelve`, { until: until(1) })).toBe(
      "alarm_not_shelvable",
    );
    expect(await refused("POST", `/alarms/${id}.hi/suppress`, {})).toBe("alarm_not_suppressible");
    await done("POST", `/alarms/${id}.hi/unsuppress`, {});
    expect(await refused("POST", `/alarms/${id}.hi/unsuppress`, {})).toBe("alarm_not_suppressed");
    await done("POST", `/alarms/${id}.hi/remove-from-service`, {});
    expect(await refused("POST", `/alarms/${id}.hi/remove-from-service`, {})).toBe(
      "alarm_out_of_service",
    );
    await measure(60);
    await done("POST", `/alarms/${id}.hi/return-to-service`, {});
    expect(await refused("POST", `/alarms/${id}.hi/return-to-service`, {})).toBe(
      "alarm_in_service",
    );
    expect(await stateOf(`${id}.hi`)).toBe("normal");
  });

  it("ends alike when a command comes late", async () => {
    await measure(85);
    const shelvedAt = new Date(clock.nowMs).toISOString();
    await measure(60, 86);
    expect(await stateOf(`${id}.hi`)).toBe("unacknowledged");
    const until = new Date(clock.nowMs + 60_000).toISOString();
    await done("POST", `/alarms/${id}.hi/shelve`, { occurredAt: shelvedAt, until });
    expect(await stateOf(`${id}.hi`)).toBe("shelved");
    clock.nowMs += 1000;
    const { items } = await done<{ items: AlarmOccurrence[] }>(
      "GET",
      `/alarms/history?alarm=${id}.hi&limit=2`,
    );
    expect(items.map(({ shown }) => shown)).toEqual([false, true]);
    await done("POST", `/alarms/${id}.hi/unshelve`, {});
    await measure(60);
  });

  it("counts: rate, floods, chattering, top ten", async () => {
    clock.nowMs += 3_600_000;
    const from = new Date(clock.nowMs).toISOString();
    await measure(...Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 85 : 60)));
    const to = new Date(clock.nowMs + 1000).toISOString();
    const figures = await done<AlarmStatistics>("GET", `/alarms/statistics?from=${from}&to=${to}`);
    expect(figures).toMatchObject({
      raised: 12,
      peakPerTenMinutes: 12,
      byPriority: { critical: 0, high: 12, medium: 0, low: 0 },
      chattering: [{ alarm: `${id}.hi`, mostPerMinute: 12 }],
      topTen: [{ alarm: `${id}.hi`, raised: 12, share: 1 }],
      floods: [{ line: "bottling-1", alarms: 12, to: null }],
      standing: [],
    });
    const { rows } = await database.pool.query(
      "SELECT FROM outbox WHERE kind = 'alarm.floodBegan'",
    );
    expect(rows).toHaveLength(1);
  });
});
