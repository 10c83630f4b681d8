import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitionOf, nowMs, startLane } from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { deriveStops } from "../domain/stops/deriveStops.ts";
import { readStopInputs } from "../store/readStopInputs.ts";
import { startWatch } from "../watch/startWatch.ts";
import { codeWatcher } from "./codeWatcher.ts";

const baseMs = nowMs - 3 * 3_600_000;
const minuteMs = 60_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

function watching() {
  return startWatch({
    pool: database.pool,
    clock: { speed: 1, now: () => nowMs, realDelayMs: (ms) => ms },
    log: pino({ level: "silent" }),
    watchers: [codeWatcher()],
    onTold: () => undefined,
    turnEveryMs: 1,
  });
}

interface Told {
  second: number;
  code: number | "bad";
}

const told: fc.Arbitrary<Told> = fc.record({
  second: fc.integer({ min: 0, max: 20 }),
  code: fc.constantFrom<Told["code"]>(0, 0, 10, 20, "bad"),
});

/** In the order (source time, sequence): each change of the code, the last one of a time. */
function changesInOrder(samples: readonly Told[]): [number, number | null][] {
  const inOrder = samples
    .map((sample, index) => ({ ...sample, index }))
    .sort((a, b) => a.second - b.second || a.index - b.index);
  const changes = new Map<number, number | null>();
  let code: number | null | undefined;
  for (const sample of inOrder) {
    const next = sample.code === "bad" ? null : sample.code;
    if (next !== code) changes.set(sample.second, next);
    code = next;
  }
  return [...changes];
}

describe("codes of devices", () => {
  it("are kept as they changed, in whatever order their samples come", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 10 }), async (samples) => {
        run += 1;
        const lane = startLane(database.pool, `coded-${run}`);
        const keys = await lane.bear([
          definitionOf(`coded-${run}`, "stop-code", { role: "stopCode" }),
        ]);
        const watch = watching();
        for (const [index, { second, code }] of samples.entries()) {
          const at = { signal: "machine/stop-code", atMs: baseMs + second * 1000 };
          const sample =
            code === "bad" ? { ...at, value: null, quality: 0 } : { ...at, value: code };
          lane.offer({ sequence: index + 1, samples: [sample] });
          await lane.settled([index + 1]);
          const result = lane.results.at(-1);
          if (result !== undefined) watch.committed(result);
        }
        await watch.settled();
        await watch.close();
        await lane.close();
        const { rows } = await database.pool.query<{ ts: Date; code: number | null }>(
          "SELECT ts, code FROM device_code WHERE signal = $1 ORDER BY ts",
          [keys.get("machine/stop-code")],
        );
        expect(rows.map(({ ts, code }) => [(ts.getTime() - baseMs) / 1000, code])).toEqual(
          changesInOrder(samples),
        );
      }),
      { numRuns: 12 },
    );
  });

  it("make time in a mode for maintenance no loss of production, and their hours are derived again", async () => {
    const lane = startLane(database.pool, "moded");
    await lane.bear([
      definitionOf("moded", "state", {
        role: "machineState",
        states: { 1: "Execute", 2: "Stopped" },
      }),
      definitionOf("moded", "mode", {
        role: "machineMode",
        modes: { 1: "production", 2: "maintenance", 7: "dry-run" },
      }),
    ]);
    await database.pool.query("DELETE FROM dirty_hour");
    const at = (minute: number) => baseMs + minute * minuteMs;
    const codes: [signal: string, minute: number, code: number][] = [
      ["state", 0, 1],
      ["state", 30, 2],
      ["state", 90, 1],
      ["mode", 0, 1],
      ["mode", 40, 2],
      ["mode", 60, 7],
      ["mode", 70, 9],
    ];
    lane.offer({
      sequence: 1,
      samples: codes.map(([signal, minute, value]) => ({
        signal: `machine/${signal}`,
        atMs: at(minute),
        value,
      })),
    });
    await lane.settled([1]);
    const watch = watching();
    await watch.settled();
    await watch.close();
    await lane.close();
    const unit = "moded.machine";
    const inputs = await readStopInputs(database.pool, {
      equipment: [unit, "moded"],
      fromMs: at(45),
      toMs: at(50),
    });
    const stops = (id: string) =>
      [...inputs].flatMap(([of, input]) => (of === id ? deriveStops(input) : []));
    const expected = [
      { fromMs: at(30), toMs: at(40), lossClass: "unassigned" },
      { fromMs: at(40), toMs: at(70), lossClass: "planned" },
      { fromMs: at(70), toMs: at(90), lossClass: "unassigned" },
    ];
    expect(stops(unit)).toMatchObject(expected);
    expect(stops("moded")).toMatchObject(expected);
    const { rows } = await database.pool.query("SELECT hour FROM dirty_hour WHERE line = 'moded'");
    expect(rows).toHaveLength(4);
  });
});
