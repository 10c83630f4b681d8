import { listOf, stateInterval } from "@only-mes/protocols/console/http";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitionOf, nowMs, startLane, type LaneUnderTest } from "../../tests/lane-under-test.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

/** What was believed of a unit's states, and when, if samples come late. */
const states = { 1: "Execute", 2: "Held", 3: "Stopped" } as const;
const minuteMs = 60_000;

let database: TestDatabase;
let edge: RunningEdge;
let lane: LaneUnderTest;
let clockMs = nowMs;
let sequence = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  lane = startLane(database.pool, "line-1", {
    clock: { ...plantClock(), now: () => clockMs },
    refoldPageRows: 2,
  });
  await lane.bear([definitionOf("line-1", "state", { role: "machineState", states })]);
  await told(60, [0, 1], [10, 2], [20, 1], [30, 2], [40, 1], [50, 3]);
  await told(90, [12, 1], [15, 2], [20, 2]);
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs + 120 * minuteMs) });
});

afterAll(async () => {
  await lane.close();
  await edge.close();
  await database.close();
});

/** At a minute of plant time, that the unit came to states at minutes. */
async function told(atMinute: number, ...changes: [minute: number, code: number][]): Promise<void> {
  clockMs = nowMs + atMinute * minuteMs;
  const first = sequence + 1;
  for (const [minute, value] of changes) {
    sequence += 1;
    const sample = { signal: "machine/state", atMs: nowMs + minute * minuteMs, value };
    lane.offer({ sequence, samples: [sample] });
  }
  await lane.settled(Array.from({ length: changes.length }, (_, index) => first + index));
}

async function believed(knownAtMinute?: number): Promise<string[]> {
  const iso = (minute: number): string => new Date(nowMs + minute * minuteMs).toISOString();
  const known = knownAtMinute === undefined ? "" : `&knownAt=${iso(knownAtMinute)}`;
  const path = `/api/v1/units/line-1.machine/states?from=${iso(0)}&to=${iso(55)}${known}`;
  const answer = await fetch(`${edge.url}${path}`);
  const { items } = listOf(stateInterval).parse(await answer.json());
  return items.map(({ state, from }) => `${(Date.parse(from) - nowMs) / minuteMs} ${state}`);
}

describe("states that late samples correct", () => {
  it("are as they are known now", async () => {
    expect(await believed()).toEqual([
      "0 Execute",
      "10 Held",
      "12 Execute",
      "15 Held",
      "40 Execute",
      "50 Stopped",
    ]);
  });

  it("can be seen as they were believed before", async () => {
    const before = ["0 Execute", "10 Held", "20 Execute", "30 Held", "40 Execute", "50 Stopped"];
    expect(await believed(60)).toEqual(before);
    expect(await believed(89)).toEqual(before);
    expect(await believed(90)).toEqual(await believed());
    expect(await believed(59)).toEqual([]);
  });

  it("leave in their history what is no longer believed, and nothing else", async () => {
    const { rows } = await database.pool.query(
      `SELECT state, extract(minute FROM from_ts)::int AS "from", extract(minute FROM to_ts)::int AS "to",
              (extract(epoch FROM known_to - known_from) / 60)::int AS "knownFor"
         FROM state_interval_history ORDER BY from_ts`,
    );
    expect(rows).toEqual([
      { state: "Execute", from: 20, to: 30, knownFor: 30 },
      { state: "Held", from: 30, to: 40, knownFor: 30 },
    ]);
    const { rows: known } = await database.pool.query(
      `SELECT extract(minute FROM from_ts)::int AS "from", known_at FROM state_interval ORDER BY from_ts`,
    );
    const at = (minute: number) => new Date(nowMs + minute * minuteMs);
    expect(known).toEqual([
      { from: 0, known_at: at(60) },
      { from: 10, known_at: at(60) },
      { from: 12, known_at: at(90) },
      { from: 15, known_at: at(90) },
      { from: 40, known_at: at(60) },
      { from: 50, known_at: at(60) },
    ]);
  });
});
