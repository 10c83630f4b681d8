import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitionOf, nowMs, startLane, type TestMessage } from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { unwatchSignals, watchSignals } from "../store/watchSignals.ts";
import { transaction } from "../store/transaction.ts";
import { startWatch, type Watch } from "./startWatch.ts";
import type { SignalWatcher } from "./watcher.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const baseMs = nowMs - 3_600_000;
const log = pino({ level: "silent" });

/** Keeps every sample that it was given, and how often it had to begin again. */
function collector(name = "collector"): SignalWatcher & { rewinds: number; fails: number } {
  const self = {
    name,
    rewinds: 0,
    fails: 0,
    begin: () => ({
      take: async (
        _signal: number,
        state: Record<string, unknown>,
        samples: readonly { tsMs: number; value: number | null }[],
      ) => {
        const seen = (state["seen"] as [number, number | null][] | undefined) ?? [];
        const next = [
          ...seen,
          ...samples.map(({ tsMs, value }): [number, number | null] => [tsMs, value]),
        ];
        return { state: { seen: next }, isToKeep: samples.length > 0 };
      },
      rewind: async (_signal: number, state: Record<string, unknown>, fromMs: number) => {
        self.rewinds += 1;
        const seen = (state["seen"] as [number, number | null][] | undefined) ?? [];
        return { seen: seen.filter(([tsMs]) => tsMs < fromMs) };
      },
      finish: async () => {
        if (self.fails > 0) {
          self.fails -= 1;
          throw new Error("the watcher failed");
        }
      },
    }),
  } satisfies SignalWatcher & { rewinds: number; fails: number };
  return self;
}

async function seenBy(watcher: string, signal: number): Promise<unknown> {
  const { rows } = await database.pool.query<{ state: { seen?: unknown } }>(
    "SELECT state FROM signal_watch WHERE watcher = $1 AND signal = $2",
    [watcher, signal],
  );
  return rows[0]?.state.seen ?? [];
}

function startCollecting(watchers: SignalWatcher[], limits = {}): Watch {
  return startWatch({
    pool: database.pool,
    clock: { speed: 1, now: () => nowMs, realDelayMs: (ms) => ms },
    log,
    watchers,
    onTold: () => undefined,
    turnEveryMs: 1,
    limits,
  });
}

describe("the signal watch", () => {
  it("gives every sample once and in fold order, however late, doubled, and cut into turns", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 2,
          maxLength: 12,
        }),
        fc.integer({ min: 1, max: 3 }),
        async (drawn, signalRowsMax) => {
          run += 1;
          const lane = startLane(database.pool, `watched-${run}`);
          const keys = await lane.bear([
            definitionOf(`watched-${run}`, "pressure", { role: "analog" }),
          ]);
          const key = keys.get("machine/pressure") ?? -1;
          const watcher = collector(`collector-${run}`);
          await transaction(database.pool, (tx) =>
            watchSignals(tx, watcher.name, [{ signal: key, fromMs: baseMs }]),
          );
          let watch = startCollecting([watcher], { signalRowsMax, pagesMax: 2 });
          const messages: TestMessage[] = drawn.map(([second, value], index) => ({
            sequence: index + 1,
            samples: [{ signal: "machine/pressure", atMs: baseMs + second * 1000, value }],
          }));
          for (const [index, message] of messages.entries()) {
            lane.offer(message);
            await lane.settled([message.sequence]);
            const result = lane.results.at(-1);
            if (result !== undefined) watch.committed(result);
            if (index === 4) {
              await watch.close();
              watch = startCollecting([watcher], { signalRowsMax });
            }
          }
          await watch.settled();
          const inOrder = messages
            .map(({ sequence, samples: [sample] }) => ({ sequence, sample }))
            .toSorted(
              (a, b) => (a.sample?.atMs ?? 0) - (b.sample?.atMs ?? 0) || a.sequence - b.sequence,
            )
            .map(({ sample }) => [sample?.atMs, sample?.value]);
          expect(await seenBy(watcher.name, key)).toEqual(inOrder);
          await watch.close();
          await lane.close();
          await transaction(database.pool, (tx) => unwatchSignals(tx, watcher.name, [key]));
        },
      ),
      { seed: 4, numRuns: 12 },
    );
  });

  it("marks late samples of watched signals only, and tries again what failed", async () => {
    const lane = startLane(database.pool, "marks");
    const keys = await lane.bear([
      definitionOf("marks", "watched", { role: "analog" }),
      definitionOf("marks", "plain", { role: "analog" }),
    ]);
    const key = keys.get("machine/watched") ?? -1;
    const watcher = collector("marks");
    await transaction(database.pool, (tx) =>
      watchSignals(tx, "marks", [{ signal: key, fromMs: baseMs }]),
    );
    for (const [sequence, second] of [5, 2].entries()) {
      const atMs = baseMs + second * 1000;
      lane.offer({
        sequence: sequence + 1,
        samples: ["watched", "plain"].map((name) => ({
          signal: `machine/${name}`,
          atMs,
          value: 1,
        })),
      });
      await lane.settled([sequence + 1]);
    }
    const { rows } = await database.pool.query("SELECT DISTINCT signal FROM watch_mark");
    expect(rows).toEqual([{ signal: key }]);
    watcher.fails = 1;
    const watch = startCollecting([watcher]);
    await watch.settled();
    expect(watcher.fails).toBe(0);
    expect(await seenBy("marks", key)).toHaveLength(2);
    expect((await database.pool.query("SELECT FROM watch_mark")).rowCount).toBe(0);
    await watch.close();
    await lane.close();
  });
});
