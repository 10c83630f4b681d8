import type { Delta, LineState, SubscribeAnswer } from "@only-mes/protocols/console/live";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  boundSignals,
  giveCounts,
  givePlant,
  giveSamples,
  giveStates,
} from "../../tests/lakeside.ts";
import { startEdge, TestClock, TestConsole, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import type { Committed, CountChange } from "../commit/committed.ts";
import { apply } from "./topic-log.ts";

const emptyCommit: Committed = {
  committedAtMs: 0,
  latest: [],
  counts: [],
  states: [],
  recalculated: [],
};

/** 09:00 in Berlin, in the early shift. */
const nowMs = Date.parse("2026-11-23T08:00:00Z");
const shiftStartMs = Date.parse("2026-11-23T05:00:00Z");
const minuteMs = 60_000;

let database: TestDatabase;
let edge: RunningEdge;
let consoles: TestConsole[];

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  await giveCounts(database.pool, [
    {
      unit: "bottling-1.packer",
      role: "goodCount",
      atMs: shiftStartMs - 1,
      delta: 1000,
      kind: "step",
    },
    { unit: "bottling-1.packer", role: "goodCount", atMs: shiftStartMs, delta: 7, kind: "step" },
    {
      unit: "bottling-1.packer",
      role: "goodCount",
      atMs: nowMs - 2 * minuteMs,
      delta: 50,
      kind: "rollover",
    },
    {
      unit: "bottling-1.filler",
      role: "scrapCount",
      atMs: nowMs - minuteMs,
      delta: 3,
      kind: "step",
    },
  ]);
  await giveStates(database.pool, [
    {
      unit: "bottling-1.filler",
      state: "Held",
      fromMs: nowMs - 60 * minuteMs,
      toMs: nowMs - 4 * minuteMs,
    },
    { unit: "bottling-1.filler", state: "Execute", fromMs: nowMs - 4 * minuteMs, toMs: null },
    { unit: "bottling-1.packer", state: "Suspended", fromMs: nowMs - minuteMs, toMs: null },
  ]);
  await giveSamples(database.pool, [
    { signal: "bottling-1.filler.temperature", atMs: nowMs - 2_000, value: 4.5 },
    { signal: "bottling-1.filler.guard", atMs: nowMs - 2_000, value: 1 },
    { signal: "bottling-1.packer.product", atMs: nowMs - 40_000, text: "Cola 0.5" },
  ]);
});

afterAll(() => database.close());

beforeEach(async () => {
  consoles = [];
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
});

afterEach(async () => {
  for (const console of consoles) console.close();
  await edge.close();
});

function open(): TestConsole {
  const console = new TestConsole(edge.url);
  consoles.push(console);
  return console;
}

function commit(part: Partial<Committed>): void {
  edge.listener.onCommitted({ ...emptyCommit, committedAtMs: edge.clock.nowMs, ...part });
}

function temperature(value: number, atMs = edge.clock.nowMs): Partial<Committed> {
  const signal = "bottling-1.filler.temperature";
  return {
    latest: [{ signal, value, quality: 192, sourceTimeMs: atMs, gatewayTimeMs: atMs }],
  };
}

function deltasTo(console: TestConsole): Delta[] {
  return console.frames.flatMap((frame) => frame.deltas);
}

function packed(pieces: number, atMs = edge.clock.nowMs): CountChange {
  return { unit: "bottling-1.packer", role: "goodCount", atMs, delta: pieces, kind: "step" };
}

/** What a console holds that has followed a topic from its snapshot on. */
function followed(snapshot: SubscribeAnswer, deltas: readonly Delta[]): LineState {
  const state = structuredClone(stateOf(snapshot));
  let seq = snapshot.kind === "snapshot" ? snapshot.seq : -1;
  for (const delta of deltas) {
    expect(delta.fromSeq).toBe(seq);
    seq = delta.seq;
    apply(state, delta.change);
  }
  return state;
}

function stateOf(answer: SubscribeAnswer): LineState {
  if (answer.kind !== "snapshot" || !("line" in answer.state)) {
    throw new Error(`no snapshot of a line: ${JSON.stringify(answer)}`);
  }
  return answer.state;
}

describe("the pictures at the start", () => {
  it("are those of the database: states, counts of the shift, rate, newest samples, events", async () => {
    const state = stateOf(await open().subscribe({ topic: "line:bottling-1" }));
    expect(state.line).toMatchObject({
      id: "bottling-1",
      state: "Execute",
      stateSinceMs: nowMs - 4 * minuteMs,
      shift: { id: "2026-11-23 early", startMs: shiftStartMs },
      good: 57,
      scrap: 3,
      target: 240 * 180,
      idealRatePerMinute: 240,
      stale: false,
    });
    expect(state.line.ratePerMinute).toBeGreaterThan(9);
    expect(state.units["bottling-1.packer"]).toMatchObject({ state: "Suspended", stale: true });
    expect(state.signals["bottling-1.filler.guard"]).toMatchObject({ value: true, stale: false });
    expect(state.signals["bottling-1.packer.product"]).toMatchObject({
      value: "Cola 0.5",
      stale: true,
    });
    expect(state.signals["bottling-1.packer.state"]).toMatchObject({ value: null, stale: true });
    expect(state.events.map((event) => event.kind)).toEqual([
      "state",
      "state",
      "counterRollover",
      "state",
    ]);
  });

  it("show every line on the wall", async () => {
    const answer = await open().subscribe({ topic: "andon" });
    expect(answer).toMatchObject({
      kind: "snapshot",
      serverTimeMs: nowMs,
      state: { lines: { "bottling-1": { state: "Execute" }, "stamping-1": { state: "Unknown" } } },
    });
  });
});

describe("a commit", () => {
  it("reaches the console as one delta that follows the snapshot", async () => {
    const console = open();
    const snapshot = await console.subscribe({ topic: "line:bottling-1" });
    commit({
      ...temperature(5),
      counts: [
        { unit: "bottling-1.packer", role: "goodCount", atMs: nowMs, delta: 4, kind: "step" },
      ],
      states: [{ unit: "bottling-1.filler", state: "Held", fromMs: nowMs }],
    });
    await vi.waitFor(() => expect(console.frames).toHaveLength(1));
    const [delta] = console.frames[0]?.deltas ?? [];
    expect(delta).toMatchObject({
      topic: "line:bottling-1",
      fromSeq: "seq" in snapshot ? snapshot.seq : -1,
      change: {
        line: { good: 61, state: "Held", stateSinceMs: nowMs },
        units: { "bottling-1.filler": { state: "Held" } },
        signals: { "bottling-1.filler.temperature": { value: 5 } },
        events: [{ kind: "state", text: "filler: Held" }],
      },
    });
  });
});

describe("[LV1] sequences", () => {
  it("follow each other without a gap, and lead to the state of a later snapshot", async () => {
    const console = open();
    const snapshot = await console.subscribe({ topic: "line:bottling-1" });
    for (let step = 1; step <= 5; step += 1) {
      const frames = console.frames.length;
      edge.clock.nowMs += 1_000;
      commit({ ...temperature(step), counts: [packed(step)] });
      await vi.waitFor(() => expect(console.frames.length).toBeGreaterThan(frames));
    }
    const late = await open().subscribe({ topic: "line:bottling-1" });
    const deltas = deltasTo(console).filter(
      (delta) => late.kind === "snapshot" && delta.seq <= late.seq,
    );
    expect(followed(snapshot, deltas)).toEqual(stateOf(late));
    expect(stateOf(late).line.good).toBe(57 + 15);
  });

  it("begin anew with a server: what a console has of the one before is worth nothing", async () => {
    const before = await open().subscribe({ topic: "line:bottling-1" });
    const other = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
    const console = new TestConsole(other.url);
    const { epoch, seq } = before.kind === "snapshot" ? before : { epoch: "", seq: 0 };
    const after = await console.subscribe({ topic: "line:bottling-1", epoch, seq });
    expect(after).toMatchObject({ kind: "snapshot" });
    expect(after.kind === "snapshot" && after.epoch).not.toBe(epoch);
    console.close();
    await other.close();
  });
});

describe("[LV2] a console that comes back", () => {
  it("gets what it missed, merged, and every event of it", async () => {
    const snapshot = await open().subscribe({ topic: "line:bottling-1" });
    const watching = open();
    await watching.subscribe({ topic: "line:bottling-1" });
    for (const [step, state] of (["Held", "Execute", "Held"] as const).entries()) {
      const frames = watching.frames.length;
      edge.clock.nowMs += 1_000;
      commit({
        ...temperature(step),
        states: [{ unit: "bottling-1.filler", state, fromMs: edge.clock.nowMs }],
      });
      await vi.waitFor(() => expect(watching.frames.length).toBeGreaterThan(frames));
    }
    const { epoch, seq } = snapshot.kind === "snapshot" ? snapshot : { epoch: "", seq: 0 };
    const answer = await open().subscribe({ topic: "line:bottling-1", epoch, seq });
    expect(answer.kind).toBe("deltas");
    const deltas = answer.kind === "deltas" ? answer.deltas : [];
    expect(deltas).toHaveLength(1);
    expect(deltas[0]?.change.events?.map((event) => event.text)).toEqual([
      "filler: Held",
      "filler: Execute",
      "filler: Held",
    ]);
    expect(followed(snapshot, deltas).signals["bottling-1.filler.temperature"]?.value).toBe(2);
  });

  it("gets nothing twice: no delta if it has them all", async () => {
    const snapshot = await open().subscribe({ topic: "line:stamping-1" });
    const { epoch, seq } = snapshot.kind === "snapshot" ? snapshot : { epoch: "", seq: 0 };
    const answer = await open().subscribe({ topic: "line:stamping-1", epoch, seq });
    expect(answer).toMatchObject({ kind: "deltas", deltas: [], seq });
  });

  it.each([
    ["of a sequence that never was", { seq: 1_000_000 }],
    ["of another epoch", { epoch: "another" }],
    ["without a sequence", { seq: undefined }],
  ])("gets a snapshot %s", async (_, changes) => {
    const snapshot = await open().subscribe({ topic: "line:bottling-1" });
    const { epoch, seq } = snapshot.kind === "snapshot" ? snapshot : { epoch: "", seq: 0 };
    const answer = await open().subscribe({ topic: "line:bottling-1", epoch, seq, ...changes });
    expect(answer.kind).toBe("snapshot");
  });
});

describe("[LV3] a console that does not answer", () => {
  it("has one frame, and slows nobody; then it gets all that it missed as one", async () => {
    const stalled = open();
    const quick = open();
    const snapshot = await stalled.subscribe({ topic: "line:bottling-1" });
    await quick.subscribe({ topic: "line:bottling-1" });
    stalled.isStalled = true;
    for (let step = 1; step <= 8; step += 1) {
      const frames = quick.frames.length;
      edge.clock.nowMs += 1_000;
      const state = step % 2 === 0 ? "Execute" : "Held";
      commit({
        ...temperature(step),
        counts: [packed(1)],
        states: [{ unit: "bottling-1.filler", state, fromMs: edge.clock.nowMs }],
      });
      await vi.waitFor(() => expect(quick.frames.length).toBeGreaterThan(frames));
    }
    expect(stalled.frames).toHaveLength(1);
    stalled.answerAll();
    await vi.waitFor(() => expect(stalled.frames.length).toBeGreaterThan(1));
    const deltas = deltasTo(stalled);
    expect(deltas.flatMap((delta) => delta.change.events ?? [])).toHaveLength(8);
    const state = followed(snapshot, deltas);
    expect(state.signals["bottling-1.filler.temperature"]?.value).toBe(8);
    expect(state.line.good).toBe(57 + 8);
  });

  it("is told of a gap, and gets a snapshot, when it missed more events than are kept", async () => {
    const console = open();
    await console.subscribe({ topic: "line:bottling-1" });
    console.isStalled = true;
    const watching = open();
    await watching.subscribe({ topic: "andon" });
    for (let burst = 1; burst <= 4; burst += 1) {
      const frames = watching.frames.length;
      edge.clock.nowMs += 20_000;
      commit({
        counts: [packed(1)],
        states: Array.from({ length: 20 }, (_, index) => ({
          unit: "bottling-1.filler",
          state: index % 2 === 0 ? ("Held" as const) : ("Execute" as const),
          fromMs: edge.clock.nowMs - 20_000 + index * 1_000,
        })),
      });
      await vi.waitFor(() => expect(watching.frames.length).toBeGreaterThan(frames));
    }
    console.answerAll();
    await vi.waitFor(() => expect(console.frames.length).toBeGreaterThan(1));
    const gap = console.frames[1]?.deltas[0];
    expect(gap).toMatchObject({ topic: "line:bottling-1", change: {} });
    expect(gap?.fromSeq).toBeGreaterThan(console.frames[0]?.deltas[0]?.seq ?? Infinity);
    const last = console.frames[0]?.deltas[0];
    const answer = await console.subscribe({
      topic: "line:bottling-1",
      epoch: last?.epoch ?? "",
      seq: last?.seq ?? 0,
    });
    expect(stateOf(answer).events).toHaveLength(50);
  });
});

describe("[LV4] staleness", () => {
  it("comes with the passing of plant time alone, and goes with the next sample", async () => {
    const console = open();
    await console.subscribe({ topic: "line:bottling-1" });
    edge.clock.nowMs += 28_000;
    const staleChange = { "bottling-1.filler.temperature": { value: 4.5, stale: true } };
    await expect.poll(() => console.frames.length).toBeGreaterThan(0);
    expect(deltasTo(console).some((delta) => delta.change.line?.stale)).toBe(false);
    edge.clock.nowMs += 1;
    await vi.waitFor(() => {
      const changes = deltasTo(console).map((delta) => delta.change);
      expect(changes).toContainEqual(
        expect.objectContaining({
          line: expect.objectContaining({ stale: true, state: "Execute" }),
          units: expect.objectContaining({
            "bottling-1.filler": expect.objectContaining({ stale: true, state: "Execute" }),
          }),
          signals: expect.objectContaining({
            "bottling-1.filler.temperature": expect.objectContaining(
              staleChange["bottling-1.filler.temperature"],
            ),
          }),
        }),
      );
    });
    commit(temperature(6));
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change).toMatchObject({
        line: { stale: false },
        signals: { "bottling-1.filler.temperature": { value: 6, stale: false } },
      });
    });
  });

  it("comes at once when the PLC is out of reach, and with a bad quality", async () => {
    const console = open();
    await console.subscribe({ topic: "line:bottling-1" });
    const link = { source: "lakeside/hall-1", device: "bottling-plc", atMs: nowMs };
    edge.listener.onLink({ ...link, online: false });
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change.line).toMatchObject({ stale: true });
    });
    edge.listener.onLink({ ...link, online: true });
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change.line).toMatchObject({ stale: false });
    });
    const signal = "bottling-1.filler.temperature";
    commit({
      latest: [{ signal, value: null, quality: 0, sourceTimeMs: nowMs, gatewayTimeMs: nowMs }],
    });
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change.signals?.[signal]).toMatchObject({
        value: null,
        quality: 0,
        stale: true,
      });
    });
  });
});

describe("[LV5] what was calculated again", () => {
  it("is read again, and told as one event", async () => {
    const console = open();
    await console.subscribe({ topic: "line:stamping-1" });
    await giveCounts(database.pool, [
      {
        unit: "stamping-1.press-a",
        role: "goodCount",
        atMs: nowMs - minuteMs,
        delta: 30,
        kind: "step",
      },
    ]);
    await giveStates(database.pool, [
      { unit: "stamping-1.press-a", state: "Execute", fromMs: nowMs - 9 * minuteMs, toMs: null },
    ]);
    const unit = "stamping-1.press-a";
    commit({
      recalculated: [
        { unit, fromMs: nowMs - 9 * minuteMs, toMs: nowMs - 8 * minuteMs },
        { unit, fromMs: nowMs - 8 * minuteMs, toMs: nowMs - minuteMs },
      ],
    });
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change).toMatchObject({
        line: { good: 30, state: "Execute", stateSinceMs: nowMs - 9 * minuteMs },
        events: [
          { kind: "state", unit },
          { kind: "recalculated", unit, atMs: nowMs - minuteMs },
        ],
      });
    });
  });

  it("counts nothing twice that was committed while it was read", async () => {
    const console = open();
    const snapshot = await console.subscribe({ topic: "line:bottling-1" });
    const unit = "bottling-1.packer";
    for (let step = 1; step <= 40; step += 1) {
      edge.clock.nowMs += 10;
      const counted = packed(1);
      await giveCounts(database.pool, [counted]);
      commit({
        counts: [counted],
        recalculated: step % 4 === 0 ? [{ unit, fromMs: nowMs, toMs: edge.clock.nowMs }] : [],
      });
    }
    await vi.waitFor(
      () => {
        const events = deltasTo(console).flatMap((delta) => delta.change.events ?? []);
        expect(events.at(-1)?.text).toContain(new Date(edge.clock.nowMs).toISOString());
      },
      { timeout: 10_000 },
    );
    expect(followed(snapshot, deltasTo(console)).line.good).toBe(57 + 40);
    await database.pool.query("DELETE FROM count_event WHERE ts > $1", [new Date(nowMs)]);
  });
});

describe("[LV6] a new shift", () => {
  it("begins with no pieces, but with those that were made in it", async () => {
    const console = open();
    await console.subscribe({ topic: "line:bottling-1" });
    const lateStartMs = Date.parse("2026-11-23T13:00:00Z");
    edge.clock.nowMs = lateStartMs + 500;
    await giveCounts(database.pool, [packed(2, lateStartMs + 100)]);
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change.line).toMatchObject({
        shift: { id: "2026-11-23 late", startMs: lateStartMs },
        good: 2,
        target: 2,
      });
    });
    await database.pool.query("DELETE FROM count_event WHERE ts > $1", [new Date(nowMs)]);
  });
});

describe("[LV7] a signal that is new", () => {
  it("appears on its line with the next birth", async () => {
    const console = open();
    await console.subscribe({ topic: "line:bottling-1" });
    const known = boundSignals[3];
    if (known === undefined) throw new Error("no signal");
    const definition = { ...known.definition, name: "pressure" };
    const id = "bottling-1.filler.pressure";
    edge.listener.onSignals([...boundSignals, { ...known, key: 999, id, definition }]);
    await vi.waitFor(() => {
      expect(Object.keys(console.frames.at(-1)?.deltas[0]?.change.signals ?? {})).toContain(id);
    });
  });
});
