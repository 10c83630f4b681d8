import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  definitionOf,
  nowMs,
  startLane,
  type LaneUnderTest,
  type TestMessage,
} from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import type { SignalMeaning } from "../domain/plant/effective-definition.ts";
import { laneSignal } from "../pipeline/laneSignal.ts";
import { loadSignals } from "../store/loadSignals.ts";
import { readSignalBinding } from "../store/readSignalBinding.ts";
import { transaction } from "../store/transaction.ts";
import { rebindSignal } from "./rebindSignal.ts";

/** A signal that is bound to something else: its past becomes what it would have been from the start. */
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const states = { 1: "Execute", 2: "Held", 3: "Stopped" } as const;
const packer = { id: "packer", name: "Packer", position: 1, pacesLine: true, outputOfLine: true };

/** A total and a code that nobody has told the meaning of, and a unit that has neither. */
function bornOn(line: string): SignalDefinition[] {
  return [
    definitionOf(line, "total", { role: "analog", counterBits: 16 }),
    definitionOf(line, "code", { role: "stopCode", counterBits: 32 }),
    definitionOf(line, "note", { role: "text", unit: packer }),
  ];
}

interface Bound {
  signal: "total" | "code";
  unit: "machine" | "packer";
  meaning: SignalMeaning;
}

const bindings: Bound[] = [
  { signal: "total", unit: "machine", meaning: { role: "goodCount", counterBits: 16 } },
  { signal: "total", unit: "packer", meaning: { role: "scrapCount", counterBits: 16 } },
  { signal: "code", unit: "machine", meaning: { role: "machineState", states } },
  { signal: "code", unit: "packer", meaning: { role: "machineState", states } },
  { signal: "code", unit: "machine", meaning: { role: "status" } },
];

async function bind(
  line: string,
  signal: Bound["signal"],
  to: Omit<Bound, "signal"> | undefined,
): Promise<void> {
  const id = `${line}.machine.${signal}`;
  await transaction(database.pool, async (tx) => {
    const row = await readSignalBinding(tx, id, { lock: true });
    if (row === undefined) throw new Error(`no signal ${id}`);
    const wanted = to && { ...to, unit: `${line}.${to.unit}` };
    await rebindSignal(tx, row, wanted, nowMs);
  });
}

/** As intake tells it after the change. */
async function tell(lane: LaneUnderTest, line: string): Promise<void> {
  const stored = await loadSignals(database.pool);
  const of = stored.filter(({ definition }) => definition.line.id === line);
  lane.runner.know(of.map((signal) => laneSignal(signal, true)));
}

async function rowsOf(line: string): Promise<{ counts: unknown[]; intervals: unknown[] }> {
  const counts = await database.pool.query(
    `SELECT split_part(unit, '.', 2) AS unit, role, ts, sequence, kind, delta FROM count_event
      WHERE split_part(unit, '.', 1) = $1 ORDER BY ts, sequence, ordinal`,
    [line],
  );
  const intervals = await database.pool.query(
    `SELECT split_part(unit, '.', 2) AS unit, from_ts, to_ts, state FROM state_interval
      WHERE split_part(unit, '.', 1) = $1 ORDER BY unit, from_ts`,
    [line],
  );
  return { counts: counts.rows, intervals: intervals.rows };
}

const messages: fc.Arbitrary<TestMessage[]> = fc
  .array(
    fc.record({
      passMs: fc.constantFrom(1, 500, 1000, 60_000),
      pieces: fc.integer({ min: 0, max: 25 }),
      code: fc.constantFrom(1, 1, 2, 3),
    }),
    { minLength: 2, maxLength: 20 },
  )
  .map((steps) => {
    let atMs = nowMs - 3_600_000;
    let total = 65_400;
    return steps.map(({ passMs, pieces, code }, index) => {
      atMs += passMs;
      total = (total + pieces) % 65_536;
      return {
        sequence: index + 1,
        samples: [
          { signal: "machine/total", atMs, value: total },
          { signal: "machine/code", atMs, value: code },
        ],
      };
    });
  });

const script = fc.record({
  messages,
  /** Where in the messages each change comes, as a share; later ones of a signal win. */
  changes: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.option(fc.constantFrom(...bindings), { nil: undefined }),
      signal: fc.constantFrom("total" as const, "code" as const),
      isTold: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  isReborn: fc.boolean(),
  /** Samples that are folded again in one transaction. */
  page: fc.constantFrom(1, 2, 5, 1000),
});

describe("binding a signal", () => {
  let runs = 0;

  test(
    "ends in the rows of a signal that was so from the start",
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(script, async ({ messages, changes, isReborn, page }) => {
          runs += 1;
          const line = `bound-${runs}`;
          const last = new Map<Bound["signal"], Bound | undefined>();
          const due = changes
            .map((change) => ({ ...change, index: Math.floor(change.at * messages.length) }))
            .sort((a, b) => a.index - b.index);
          const lane = startLane(database.pool, line, { batchSamplesMax: 3, refoldPageRows: page });
          try {
            await lane.bear(bornOn(line));
            for (const [index, message] of messages.entries()) {
              for (const { signal, to, isTold } of due.filter((each) => each.index === index)) {
                const wanted = to?.signal === signal ? to : undefined;
                last.set(signal, wanted);
                await bind(line, signal, wanted);
                if (isTold) await tell(lane, line);
              }
              if (isReborn && index === messages.length - 1) await lane.bear(bornOn(line));
              lane.offer(message);
            }
            for (const { signal, to } of due.filter((each) => each.index === messages.length)) {
              const wanted = to?.signal === signal ? to : undefined;
              last.set(signal, wanted);
              await bind(line, signal, wanted);
            }
            await tell(lane, line);
            await lane.settled(messages.map(({ sequence }) => sequence));
          } finally {
            await lane.close();
          }
          expect(await rowsOf(line)).toEqual(await fromTheStart(messages, [...last.values()]));
        }),
        {
          numRuns: Number(process.env["RUNS"] ?? 12),
          endOnFailure: true,
          ...(process.env["SEED"] && { seed: Number(process.env["SEED"]) }),
        },
      );
    },
  );

  async function fromTheStart(
    messages: readonly TestMessage[],
    bound: readonly (Bound | undefined)[],
  ): Promise<unknown> {
    const line = `start-${runs}`;
    const lane = startLane(database.pool, line);
    try {
      await lane.bear(bornOn(line));
      for (const each of bound) if (each !== undefined) await bind(line, each.signal, each);
      await lane.bear(bornOn(line));
      for (const message of messages) lane.offer(message);
      await lane.settled(messages.map(({ sequence }) => sequence));
    } finally {
      await lane.close();
    }
    return rowsOf(line);
  }
});
