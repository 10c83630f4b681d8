import type { Pool } from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givePlant, giveSamples, keyOf } from "../../tests/lakeside.ts";
import {
  definitionOf as definitionOfSignal,
  nowMs,
  startLane,
} from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import type { CharacteristicVersion } from "../domain/quality/characteristic.ts";
import { nelsonRules } from "../domain/quality/nelson.ts";
import { insertCharacteristicVersion } from "../store/insertCharacteristicVersion.ts";
import { transaction } from "../store/transaction.ts";
import { watchSignals } from "../store/watchSignals.ts";
import { startWatch } from "../watch/startWatch.ts";
import type { WatchedSample, WatchState } from "../watch/watcher.ts";
import { qualityWatcher } from "./qualityWatcher.ts";
import { watchProducts } from "./watchProducts.ts";

const signal = "bottling-1.filler.temperature";
const startMs = Date.parse("2026-11-23T06:00:00Z");
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await openTestDatabase();
  pool = database.pool;
  await givePlant(pool);
  // The signals of that plant have keys of their own choice.
  await pool.query("ALTER TABLE signal ALTER COLUMN key RESTART WITH 1000");
});
afterAll(() => database.close());

function definitionOf(id: string, changes: Partial<CharacteristicVersion>): CharacteristicVersion {
  return {
    id,
    version: 1,
    fromMs: startMs,
    command: "command-1",
    name: id,
    equipment: "bottling-1.filler",
    product: null,
    engineeringUnit: "°C",
    target: null,
    lowerSpec: null,
    upperSpec: 90,
    chart: "imr",
    subgroupSize: 1,
    sampling: { by: "signal", signal, everySeconds: 10 },
    limits: { from: "baseline", subgroups: 5 },
    rules: nelsonRules,
    lambda: 0.2,
    width: 3,
    phase: "",
    isRetired: false,
    ...changes,
  };
}

/** Two minutes of a temperature that jumps; one in three of its samples comes late. */
const samples = Array.from({ length: 120 }, (_, second) => ({
  signal,
  atMs: startMs + second * 1000,
  value: second === 70 ? 95 : 20 + ((second * 7) % 5),
}));

/** Gives samples to the watcher in two turns: in the first they are gathered, in the second picked. */
async function give(rows: typeof samples): Promise<void> {
  await giveSamples(pool, rows);
  const watcher = qualityWatcher();
  let state: WatchState = {};
  for (const nowMs of [startMs, startMs + 10_000]) {
    await transaction(pool, async (tx) => {
      const turn = watcher.begin({ tx, nowMs, list: 0, tell: () => undefined });
      const given = nowMs === startMs ? rows.map(sampleOf) : [];
      ({ state } = await turn.take(keyOf(signal), state, given));
      await turn.finish();
    });
  }
  expect(state).toEqual({});
}

function sampleOf({ atMs, value }: (typeof samples)[number], ordinal: number): WatchedSample {
  return { tsMs: atMs, epoch: 1, sequence: 1, ordinal, quality: 192, value, text: null };
}

async function derived() {
  const measured = await pool.query(
    "SELECT characteristic, equipment, taken_at, readings FROM signal_measurement ORDER BY 1, 3",
  );
  const signals = await pool.query(
    "SELECT characteristic, rule, measurement, at, points FROM spc_signal ORDER BY 1, 2, 4",
  );
  return { measured: measured.rows, signals: signals.rows };
}

describe("measurements from a signal", () => {
  it("are the same, and their signals too, however late samples come", async () => {
    for (const version of [
      definitionOf("by-time", {}),
      definitionOf("means", { chart: "xbarR", subgroupSize: 3 }),
      definitionOf("by-number", { sampling: { by: "signal", signal, everySamples: 4 } }),
    ]) {
      await insertCharacteristicVersion(pool, version, startMs);
    }
    for (let from = 0; from < samples.length; from += 10)
      await give(samples.slice(from, from + 10));
    const inOrder = await derived();
    expect(inOrder.measured.length).toBe(12 + 12 + 30);
    expect(inOrder.signals.some(({ rule }) => rule === "outOfSpec")).toBe(true);

    await pool.query("DELETE FROM sample");
    await pool.query("DELETE FROM signal_measurement");
    await pool.query("DELETE FROM spc_signal");
    const late = samples.filter((_, index) => index % 3 === 1);
    await give(samples.filter((_, index) => index % 3 !== 1).slice(40));
    await give(late.slice(20));
    await give(samples.filter((_, index) => index % 3 !== 1).slice(0, 40));
    await give(late.slice(0, 20));
    expect(await derived()).toEqual(inOrder);
  });
});

describe("in the watch", () => {
  const line = "spc-1";
  const fed = `${line}.machine.force`;
  const baseMs = nowMs - 3_600_000;

  it("comes what lanes commit, late or not; what is of a product, while the line makes it", async () => {
    const lane = startLane(pool, line);
    const keys = await lane.bear([definitionOfSignal(line, "force", { role: "analog" })]);
    const key = keys.get("machine/force") ?? -1;
    const sampling = { by: "signal", signal: fed, everySeconds: 10 } as const;
    const of = {
      equipment: `${line}.machine`,
      sampling,
      subgroupSize: 2,
      chart: "xbarR",
      fromMs: baseMs,
    } as const;
    await insertCharacteristicVersion(pool, definitionOf("force", of), nowMs);
    await insertCharacteristicVersion(
      pool,
      definitionOf("force-of-cola", { ...of, product: "cola" }),
      nowMs,
    );
    const plant = { nowMs };
    const watch = startWatch({
      pool,
      clock: { speed: 1, now: () => plant.nowMs, realDelayMs: (ms) => ms },
      log: pino({ level: "silent" }),
      watchers: [qualityWatcher()],
      onTold: () => undefined,
      turnEveryMs: 1,
    });
    const picked = async (id: string): Promise<number[]> => {
      plant.nowMs += 10_000;
      await watch.settled();
      plant.nowMs += 10_000;
      await watch.settled();
      const { rows } = await pool.query<{ taken_at: Date }>(
        "SELECT taken_at FROM signal_measurement WHERE characteristic = $1 ORDER BY taken_at",
        [id],
      );
      return rows.map(({ taken_at }) => (taken_at.getTime() - baseMs) / 1000);
    };
    await transaction(pool, (tx) => watchSignals(tx, "quality", [{ signal: key, fromMs: baseMs }]));

    for (const [index, second] of [31, 32, 1, 22, 2, 21, 11].entries()) {
      const sample = { signal: "machine/force", atMs: baseMs + second * 1000, value: second };
      lane.offer({ sequence: index + 1, samples: [sample] });
      await lane.settled([index + 1]);
    }
    expect(await picked("force")).toEqual([1, 21, 31]);
    expect(await picked("force-of-cola")).toEqual([]);

    await transaction(pool, async (tx) => {
      await tx.query("INSERT INTO product (id, name, unit) VALUES ('cola', 'Cola', 'bottle')");
      await tx.query(
        "INSERT INTO production_order (id, product, quantity) VALUES ('4711', 'cola', 9)",
      );
      await tx.query(
        `INSERT INTO job (id, production_order, operation, line, quantity, state)
         VALUES ('4711.1', '4711', 1, $1, 9, 'Running')`,
        [line],
      );
      await tx.query(
        `WITH slot AS (INSERT INTO capacity_slot (line, slot) VALUES ($1, 1)
                       ON CONFLICT (line, slot) DO UPDATE SET slot = 1 RETURNING key)
         INSERT INTO job_interval (slot_key, job, phase, from_ts)
         SELECT key, '4711.1', 'production', $2::timestamptz FROM slot`,
        [line, new Date(baseMs + 15_000)],
      );
      await watchProducts(tx, { line, fromMs: baseMs + 15_000 });
    });
    expect(await picked("force-of-cola")).toEqual([21, 31]);
    await watch.close();
    await lane.close();
  });
});
