import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { boundSignals, giveCounts, giveStates } from "../../tests/lakeside.ts";
import {
  deltasTo,
  followed,
  minuteMs,
  nowMs,
  openLivePlant,
  shiftStartMs,
  stateOf,
  WatchedPlant,
} from "../../tests/live-plant.ts";
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

describe("the pictures at the start", () => {
  it("are those of the database: states, counts of the shift, rate, newest samples, events", async () => {
    const state = stateOf(await plant.open().subscribe({ topic: "line:bottling-1" }));
    expect(state.line).toMatchObject({
      id: "bottling-1",
      state: "Execute",
      stateSinceMs: nowMs - 4 * minuteMs,
      shift: { id: "2026-11-23 early", startMs: shiftStartMs },
      good: 57,
      scrap: 3,
      // Nobody watched the first two hours of the shift: nothing is due from them.
      target: 240 * 60,
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
    const answer = await plant.open().subscribe({ topic: "andon" });
    expect(answer).toMatchObject({
      kind: "snapshot",
      serverTimeMs: nowMs,
      state: { lines: { "bottling-1": { state: "Execute" }, "stamping-1": { state: "Unknown" } } },
    });
  });
});

describe("a commit", () => {
  it("reaches the console as one delta that follows the snapshot", async () => {
    const console = plant.open();
    const snapshot = await console.subscribe({ topic: "line:bottling-1" });
    plant.commit({
      ...plant.temperature(5),
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

describe("[LV4] staleness", () => {
  it("comes with the passing of plant time alone, and goes with the next sample", async () => {
    const console = plant.open();
    await console.subscribe({ topic: "line:bottling-1" });
    plant.passTime(28_000);
    const staleChange = { "bottling-1.filler.temperature": { value: 4.5, stale: true } };
    await expect.poll(() => console.frames.length).toBeGreaterThan(0);
    expect(deltasTo(console).some((delta) => delta.change.line?.stale)).toBe(false);
    plant.passTime(1);
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
    plant.commit(plant.temperature(6));
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change).toMatchObject({
        line: { stale: false },
        signals: { "bottling-1.filler.temperature": { value: 6, stale: false } },
      });
    });
  });

  it("comes at once when the PLC is out of reach, and with a bad quality", async () => {
    const console = plant.open();
    await console.subscribe({ topic: "line:bottling-1" });
    const link = { source: "lakeside/hall-1", device: "bottling-plc", atMs: nowMs };
    plant.edge.listener.onLink({ ...link, online: false });
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change.line).toMatchObject({ stale: true });
    });
    plant.edge.listener.onLink({ ...link, online: true });
    await vi.waitFor(() => {
      expect(deltasTo(console).at(-1)?.change.line).toMatchObject({ stale: false });
    });
    const signal = "bottling-1.filler.temperature";
    plant.commit({
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

describe("signals that two gateways read", () => {
  it("are stale only while both are out of reach, and fresh again when a gateway is born again", async () => {
    const { listener } = plant.edge;
    const lineId = "bottling-1";
    listener.onSignals(boundSignals.map((signal) => ({ ...signal, source: "lakeside/hall-1-b" })));
    const stale = (expected: boolean) =>
      vi.waitFor(async () => {
        const { items } = (await (await fetch(`${plant.edge.url}/api/v1/lines`)).json()) as {
          items: { id: string; stale: boolean }[];
        };
        expect(items.find(({ id }) => id === lineId)?.stale).toBe(expected);
      });
    const device = "bottling-plc";
    await stale(false);
    listener.onLink({ source: "lakeside/hall-1-b", device, online: false, atMs: nowMs });
    await stale(false);
    listener.onLink({ source: "lakeside/hall-1", online: false, atMs: nowMs });
    await stale(true);
    listener.onLink({ source: "lakeside/hall-1-b", device, online: true, atMs: nowMs });
    await stale(false);
    listener.onLink({ source: "lakeside/hall-1-b", online: false, atMs: nowMs });
    await stale(true);
    listener.onLink({ source: "lakeside/hall-1", online: true, atMs: nowMs });
    await stale(false);
  });
});

describe("[LV5] what was calculated again", () => {
  it("is read again, and told as one event", async () => {
    const console = plant.open();
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
    plant.commit({
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
    const console = plant.open();
    const snapshot = await console.subscribe({ topic: "line:bottling-1" });
    const unit = "bottling-1.packer";
    for (let step = 1; step <= 40; step += 1) {
      plant.passTime(10);
      const counted = plant.packed(1);
      await giveCounts(database.pool, [counted]);
      plant.commit({
        counts: [counted],
        recalculated: step % 4 === 0 ? [{ unit, fromMs: nowMs, toMs: plant.edge.clock.nowMs }] : [],
      });
    }
    await vi.waitFor(
      () => {
        const events = deltasTo(console).flatMap((delta) => delta.change.events ?? []);
        expect(events.at(-1)?.text).toContain(new Date(plant.edge.clock.nowMs).toISOString());
      },
      { timeout: 10_000 },
    );
    expect(followed(snapshot, deltasTo(console)).line.good).toBe(57 + 40);
    await database.pool.query("DELETE FROM count_event WHERE ts > $1", [new Date(nowMs)]);
  });
});

describe("[LV6] a new shift", () => {
  it("begins with no pieces, but with those that were made in it", async () => {
    const console = plant.open();
    await console.subscribe({ topic: "line:bottling-1" });
    const lateStartMs = Date.parse("2026-11-23T13:00:00Z");
    plant.edge.clock.nowMs = lateStartMs + 500;
    await giveCounts(database.pool, [plant.packed(2, lateStartMs + 100)]);
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
    const console = plant.open();
    await console.subscribe({ topic: "line:bottling-1" });
    const known = boundSignals[3];
    if (known === undefined) throw new Error("no signal");
    const definition = { ...known.definition, name: "pressure" };
    const id = "bottling-1.filler.pressure";
    plant.edge.listener.onSignals([...boundSignals, { ...known, key: 999, id, definition }]);
    await vi.waitFor(() => {
      expect(Object.keys(console.frames.at(-1)?.deltas[0]?.change.signals ?? {})).toContain(id);
    });
  });
});
