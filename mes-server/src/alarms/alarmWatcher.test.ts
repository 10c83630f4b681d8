import { alarmSettings } from "@only-mes/protocols/console/alarms";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveSamples, givePlant, keyOf, type SampleRow } from "../../tests/lakeside.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { markLateSamples } from "../store/markLateSamples.ts";
import { saveAlarmVersion } from "../store/saveAlarmVersion.ts";
import { transaction } from "../store/transaction.ts";
import { startWatch, type Watch } from "../watch/startWatch.ts";
import type { Told } from "../watch/runTurn.ts";
import { alarmWatcher } from "./alarmWatcher.ts";

const baseMs = Date.parse("2026-11-23T08:00:00Z");
const signal = "bottling-1.filler.temperature";
const definition = "bottling-1.filler.temperature";
const log = pino({ level: process.env["TEST_LOG"] ?? "silent" });

let database: TestDatabase;
let clockMs = baseMs + 3_600_000;
const told: Told[] = [];

function start(): Watch {
  return startWatch({
    pool: database.pool,
    clock: { speed: 1, now: () => clockMs, realDelayMs: (ms) => ms },
    log,
    watchers: [alarmWatcher({ settleMs: 0 })],
    onTold: (of) => told.push(...of),
    turnEveryMs: 1,
    limits: { signalRowsMax: 5 },
  });
}

async function define(changes: object, validFromMs = baseMs): Promise<void> {
  const settings = alarmSettings.parse({
    name: "Temperature",
    signal,
    priority: "high",
    condition: { kind: "limits", hi: { at: 80 }, deadband: 5 },
    ...changes,
  });
  await transaction(database.pool, (tx) =>
    saveAlarmVersion(tx, {
      id: definition,
      line: "bottling-1",
      unit: "bottling-1.filler",
      signal: keyOf(signal),
      settings,
      isRetired: false,
      validFromMs,
    }),
  );
}

async function occurrences(): Promise<string[]> {
  const { rows } = await database.pool.query<{ text: string }>(
    `SELECT concat_ws(' ', alarm, extract(epoch FROM raised_at - $1)::float8,
                      extract(epoch FROM cleared_at - $1)::float8) AS text
       FROM alarm_occurrence ORDER BY alarm, raised_at`,
    [new Date(baseMs)],
  );
  return rows.map(({ text }) => text.replace(`${definition}.`, ""));
}

async function events(): Promise<string[]> {
  const { rows } = await database.pool.query<{ kind: string }>(
    "DELETE FROM outbox WHERE kind NOT LIKE 'unit.%' RETURNING kind, id",
  );
  return rows.map(({ kind }) => kind);
}

async function wipe(): Promise<void> {
  told.length = 0;
  await database.pool.query("TRUNCATE sample, alarm_occurrence, alarm, alarm_definition, outbox");
  await database.pool.query(
    "TRUNCATE signal_watch, watch_mark, andon_step, escalation, andon_call",
  );
}

/** As a lane would commit it: those before the newest one are late. */
async function commit(rows: SampleRow[], newestMs: number): Promise<void> {
  await giveSamples(database.pool, rows);
  const late = rows.filter(({ atMs }) => atMs <= newestMs);
  if (late.length === 0) return;
  const fromMs = Math.min(...late.map(({ atMs }) => atMs));
  await transaction(database.pool, (tx) =>
    markLateSamples(tx, [{ signal: keyOf(signal), fromMs, toMs: newestMs }]),
  );
}

const at = (seconds: number, value: number): SampleRow => ({
  signal,
  atMs: baseMs + seconds * 1000,
  value,
});

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
});
afterAll(() => database.close());

describe("alarms of a signal", () => {
  it("are raised and cleared with what they say, in the transaction of their occurrences", async () => {
    await wipe();
    await define({ andon: "maintenance" });
    const watch = start();
    await giveSamples(database.pool, [at(1, 70), at(2, 82)]);
    await watch.settled();
    expect(await occurrences()).toEqual(["hi 2"]);
    const { rows } = await database.pool.query("SELECT state, is_active, priority FROM alarm");
    expect(rows).toEqual([{ state: "unacknowledged", is_active: true, priority: "high" }]);
    expect(await events()).toEqual(["alarm.raised", "andonCall.raised"]);
    expect(told.map(({ event: { text } }) => text)).toEqual([
      "filler: Temperature high",
      "filler: Call for maintenance",
    ]);
    await giveSamples(database.pool, [at(3, 74)]);
    await watch.settled();
    expect(await occurrences()).toEqual(["hi 2 3"]);
    expect(await events()).toEqual(["alarm.cleared"]);
    await watch.close();
    const stand = await database.pool.query("SELECT state, is_active FROM alarm");
    expect(stand.rows).toEqual([{ state: "returnedUnacknowledged", is_active: false }]);
  });

  it("raise no call from what came late and is over; what lasts is told of", async () => {
    await wipe();
    await define({ andon: "help" });
    const watch = start();
    await giveSamples(database.pool, [at(1, 70), at(20, 70)]);
    await watch.settled();
    await commit([at(5, 90), at(6, 60)], at(20, 0).atMs);
    await watch.settled();
    expect(await occurrences()).toEqual(["hi 5 6"]);
    expect(await events()).toEqual(["alarm.recalculated"]);
    expect(told).toEqual([]);
    const { rows } = await database.pool.query("SELECT is_late FROM alarm_occurrence");
    expect(rows).toEqual([{ is_late: true }]);
    await giveSamples(database.pool, [at(30, 90)]);
    await watch.settled();
    expect(await events()).toEqual(["alarm.raised", "andonCall.raised"]);
    await commit([at(25, 85)], at(30, 0).atMs);
    await watch.settled();
    expect(await occurrences()).toEqual(["hi 5 6", "hi 25"]);
    expect(await events()).toEqual(["alarm.recalculated"]);
    await watch.close();
  });

  it("are raised by time alone, and taken back if a sample was on its way", async () => {
    await wipe();
    clockMs = baseMs + 5_000;
    await define({ onDelayMs: 10_000 });
    const watch = start();
    await giveSamples(database.pool, [at(1, 90)]);
    await watch.settled();
    expect(await occurrences()).toEqual([]);
    clockMs = baseMs + 11_000;
    await watch.settled();
    expect(await occurrences()).toEqual(["hi 11"]);
    await giveSamples(database.pool, [at(10.5, 60)]);
    await watch.settled();
    expect(await occurrences()).toEqual([]);
    expect(await events()).toEqual(["alarm.raised", "alarm.recalculated"]);
    await watch.close();
    clockMs = baseMs + 3_600_000;
  });

  it("end alike in whatever order samples come, however they are cut, over restarts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 14 }),
        fc.infiniteStream(fc.integer({ min: 70, max: 90 })),
        fc.constantFrom(0, 1000, 4000),
        fc.integer({ min: 1, max: 4 }),
        async (seconds, values, delayMs, chunk) => {
          const rows = seconds.map((second) => at(second, values.next().value ?? 0));
          const settings = { onDelayMs: delayMs, offDelayMs: delayMs / 2 };
          await wipe();
          await define(settings);
          await define(
            { ...settings, condition: { kind: "limits", hi: { at: 77 } } },
            baseMs + 20_000,
          );
          await giveSamples(
            database.pool,
            rows.toSorted((a, b) => a.atMs - b.atMs),
          );
          let watch = start();
          await watch.settled();
          await watch.close();
          const expected = await occurrences();

          await wipe();
          await define(settings);
          await define(
            { ...settings, condition: { kind: "limits", hi: { at: 77 } } },
            baseMs + 20_000,
          );
          watch = start();
          let newestMs = 0;
          for (let first = 0; first < rows.length; first += chunk) {
            const part = rows.slice(first, first + chunk);
            await commit(part, newestMs);
            newestMs = Math.max(newestMs, ...part.map(({ atMs }) => atMs));
            await watch.settled();
            if (first === 2) {
              await watch.close();
              watch = start();
            }
          }
          await watch.settled();
          await watch.close();
          expect(await occurrences()).toEqual(expected);
        },
      ),
      { seed: 5, numRuns: 15 },
    );
  });
});
