import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  deltasTo,
  followed,
  nowMs,
  openLivePlant,
  placeOf,
  stateOf,
  WatchedPlant,
} from "../../tests/live-plant.ts";
import { startEdge, TestClock, TestConsole } from "../../tests/running-edge.ts";
import type { TestDatabase } from "../../tests/test-database.ts";

let database: TestDatabase;
let plant: WatchedPlant;

beforeAll(async () => {
  database = await openLivePlant();
});

afterAll(() => database.close());

beforeEach(async () => {
  plant = await WatchedPlant.start(database);
});

afterEach(() => plant.close());

describe("[LV1] sequences", () => {
  it("follow each other without a gap, and lead to the state of a later snapshot", async () => {
    const console = plant.open();
    const snapshot = await console.subscribe({ topic: "line:bottling-1" });
    for (let step = 1; step <= 5; step += 1) {
      const frames = console.frames.length;
      plant.passTime(1_000);
      plant.commit({ ...plant.temperature(step), counts: [plant.packed(step)] });
      await vi.waitFor(() => expect(console.frames.length).toBeGreaterThan(frames));
    }
    const late = await plant.open().subscribe({ topic: "line:bottling-1" });
    const deltas = deltasTo(console).filter(
      (delta) => late.kind === "snapshot" && delta.seq <= late.seq,
    );
    expect(followed(snapshot, deltas)).toEqual(stateOf(late));
    expect(stateOf(late).line.good).toBe(57 + 15);
  });

  it("begin anew with a server: what a console has of the one before is worth nothing", async () => {
    const before = await plant.open().subscribe({ topic: "line:bottling-1" });
    const other = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
    const console = new TestConsole(other.url);
    const { epoch, seq } = placeOf(before);
    const after = await console.subscribe({ topic: "line:bottling-1", epoch, seq });
    expect(after).toMatchObject({ kind: "snapshot" });
    expect(after.kind === "snapshot" && after.epoch).not.toBe(epoch);
    console.close();
    await other.close();
  });
});

describe("[LV2] a console that comes back", () => {
  it("gets what it missed, merged, and every event of it", async () => {
    const snapshot = await plant.open().subscribe({ topic: "line:bottling-1" });
    const watching = plant.open();
    await watching.subscribe({ topic: "line:bottling-1" });
    for (const [step, state] of (["Held", "Execute", "Held"] as const).entries()) {
      const frames = watching.frames.length;
      plant.passTime(1_000);
      plant.commit({
        ...plant.temperature(step),
        states: [{ unit: "bottling-1.filler", state, fromMs: plant.edge.clock.nowMs }],
      });
      await vi.waitFor(() => expect(watching.frames.length).toBeGreaterThan(frames));
    }
    const { epoch, seq } = placeOf(snapshot);
    const answer = await plant.open().subscribe({ topic: "line:bottling-1", epoch, seq });
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
    const snapshot = await plant.open().subscribe({ topic: "line:stamping-1" });
    const { epoch, seq } = placeOf(snapshot);
    const answer = await plant.open().subscribe({ topic: "line:stamping-1", epoch, seq });
    expect(answer).toMatchObject({ kind: "deltas", deltas: [], seq });
  });

  it.each([
    ["of a sequence that never was", { seq: 1_000_000 }],
    ["of another epoch", { epoch: "another" }],
    ["without a sequence", { seq: undefined }],
  ])("gets a snapshot %s", async (_, changes) => {
    const snapshot = await plant.open().subscribe({ topic: "line:bottling-1" });
    const { epoch, seq } = placeOf(snapshot);
    const answer = await plant
      .open()
      .subscribe({ topic: "line:bottling-1", epoch, seq, ...changes });
    expect(answer.kind).toBe("snapshot");
  });
});

describe("[LV3] a console that does not answer", () => {
  it("has one frame, and slows nobody; then it gets all that it missed as one", async () => {
    const stalled = plant.open();
    const quick = plant.open();
    const snapshot = await stalled.subscribe({ topic: "line:bottling-1" });
    await quick.subscribe({ topic: "line:bottling-1" });
    stalled.isStalled = true;
    for (let step = 1; step <= 8; step += 1) {
      const frames = quick.frames.length;
      plant.passTime(1_000);
      const state = step % 2 === 0 ? "Execute" : "Held";
      plant.commit({
        ...plant.temperature(step),
        counts: [plant.packed(1)],
        states: [{ unit: "bottling-1.filler", state, fromMs: plant.edge.clock.nowMs }],
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
    const console = plant.open();
    await console.subscribe({ topic: "line:bottling-1" });
    console.isStalled = true;
    const watching = plant.open();
    await watching.subscribe({ topic: "andon" });
    for (let burst = 1; burst <= 4; burst += 1) {
      const frames = watching.frames.length;
      plant.passTime(20_000);
      plant.commit({
        counts: [plant.packed(1)],
        states: Array.from({ length: 20 }, (_, index) => ({
          unit: "bottling-1.filler",
          state: index % 2 === 0 ? ("Held" as const) : ("Execute" as const),
          fromMs: plant.edge.clock.nowMs - 20_000 + index * 1_000,
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
