import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fc from "fast-check";
import {
  definitionOf,
  nowMs,
  startLane,
  type TestMessage,
  type TestSample,
} from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { advanceCounter, type CounterState } from "../domain/production/counterFold.ts";
import { advanceState, stateOfCode, type UnitState } from "../domain/production/stateFold.ts";

/** Whatever order samples come in: the rows in the end are those of the fold in order. */
const states = { 1: "Execute", 2: "Held", 3: "Stopped" } as const;
const maxRatePerSecond = 10;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

function signalsOf(line: string): SignalDefinition[] {
  return [
    definitionOf(line, "good", { role: "goodCount", counterBits: 16, maxRatePerSecond }),
    definitionOf(line, "state", { role: "machineState", states }),
  ];
}

interface Script {
  messages: TestMessage[];
  order: number[];
}

/** A counter that steps, rolls over, is reset, tears; a state; both lose quality; times repeat. */
const script: fc.Arbitrary<Script> = fc
  .array(
    fc.record({
      passMs: fc.constantFrom(0, 0, 1, 500, 1000, 60_000),
      counter: fc.constantFrom("step", "step", "step", "same", "reset", "torn", "jump", "bad"),
      pieces: fc.integer({ min: 0, max: 25 }),
      state: fc.constantFrom(1, 1, 2, 3, 7, "bad" as const, "none" as const),
    }),
    { minLength: 5, maxLength: 40 },
  )
  .chain((steps) => {
    let atMs = nowMs - 3_600_000;
    let total = 65_400;
    const samples = steps.map(({ passMs, counter, pieces, state }): TestSample[] => {
      atMs += passMs;
      if (counter === "step") total = (total + pieces) % 65_536;
      if (counter === "reset") total = 0;
      if (counter === "jump") total = (total + 30_000) % 65_536;
      const shown = counter === "torn" ? (total + 20_000) % 65_536 : total;
      const good: TestSample =
        counter === "bad"
          ? { signal: "machine/good", atMs, value: null, quality: 0 }
          : { signal: "machine/good", atMs, value: shown };
      if (state === "none") return [good];
      if (state === "bad") {
        return [good, { signal: "machine/state", atMs, value: null, quality: 0 }];
      }
      return [good, { signal: "machine/state", atMs, value: state }];
    });
    const messages = samples.map((of, index) => ({ sequence: index + 1, samples: of }));
    return fc
      .shuffledSubarray(
        messages.map((_, index) => index),
        { minLength: messages.length, maxLength: messages.length },
      )
      .map((order) => ({ messages, order }));
  });

/** Of a batch, and of a page of a refold. */
const sizes = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.constantFrom(1, 2, 3, 7, 1000));

interface Rows {
  counts: unknown[];
  intervals: unknown[];
}

/** [CF1] to [SF4] applied to all samples in fold order. */
function foldInOrder(messages: readonly TestMessage[]): Rows {
  const inOrder = messages
    .flatMap(({ sequence, samples }) =>
      samples.map((sample, ordinal) => ({ ...sample, sequence, ordinal })),
    )
    .sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence || a.ordinal - b.ordinal);
  const counts: unknown[] = [];
  let counter: CounterState | undefined;
  let unit: UnitState | undefined;
  const begins = new Map<number, string>();
  for (const { signal, atMs, value, quality, sequence } of inOrder) {
    if (signal === "machine/good") {
      if (quality === 0) continue;
      const rule = { bits: 16 as const, maxRatePerSecond, periodMs: 1000 };
      const { next, event } = advanceCounter(counter, rule, { value: Number(value), atMs });
      counter = next;
      if (event !== undefined) counts.push({ atMs, sequence, ...event });
      continue;
    }
    const state = quality === 0 ? "Unknown" : (stateOfCode(Number(value), states) ?? "Unknown");
    const { next, change } = advanceState(unit, state, atMs);
    unit = next;
    if (change === "rejoined") begins.delete(atMs);
    else begins.set(next.sinceMs, next.state);
  }
  const spans = [...begins].sort(([a], [b]) => a - b);
  const intervals = spans.map(([fromMs, state], index) => ({
    fromMs,
    toMs: spans[index + 1]?.[0] ?? null,
    state,
  }));
  return { counts, intervals };
}

async function storedRows(line: string): Promise<Rows> {
  const unit = `${line}.machine`;
  const counts = await database.pool.query(
    `SELECT (extract(epoch FROM ts) * 1000)::float8 AS "atMs", sequence::int, kind, delta::int
       FROM count_event WHERE unit = $1 ORDER BY ts, epoch, sequence, ordinal`,
    [unit],
  );
  const intervals = await database.pool.query(
    `SELECT (extract(epoch FROM from_ts) * 1000)::float8 AS "fromMs",
            (extract(epoch FROM to_ts) * 1000)::float8 AS "toMs", state
       FROM state_interval WHERE unit = $1 ORDER BY from_ts`,
    [unit],
  );
  return { counts: counts.rows, intervals: intervals.rows };
}

describe("folding", () => {
  let runs = 0;

  test("ends in the same rows in whatever order messages come", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(script, sizes, async ({ messages, order }, [part, page]) => {
        runs += 1;
        const line = `line-${runs}`;
        const lane = startLane(database.pool, line, {
          batchSamplesMax: part,
          refoldPageRows: page,
        });
        try {
          await lane.bear(signalsOf(line));
          for (const index of order) {
            const message = messages[index];
            if (message !== undefined) lane.offer(message);
          }
          await lane.settled(messages.map(({ sequence }) => sequence));
        } finally {
          await lane.close();
        }
        expect(await storedRows(line)).toEqual(foldInOrder(messages));
      }),
      {
        numRuns: Number(process.env["RUNS"] ?? 12),
        endOnFailure: true,
        ...(process.env["SEED"] && { seed: Number(process.env["SEED"]) }),
      },
    );
  });
});
