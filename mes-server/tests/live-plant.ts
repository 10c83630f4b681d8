import type { Delta, LineState, SubscribeAnswer } from "@only-mes/protocols/console/live";
import type { Committed, CountChange } from "../src/commit/committed.ts";
import { apply } from "../src/live/topic-log.ts";
import { giveCounts, givePlant, giveSamples, giveStates } from "./lakeside.ts";
import { startEdge, TestClock, TestConsole, type RunningEdge } from "./running-edge.ts";
import { openTestDatabase, type TestDatabase } from "./test-database.ts";

export const minuteMs = 60_000;
/** 09:00 in Berlin, in the early shift. */
export const nowMs = Date.parse("2026-11-23T08:00:00Z");
export const shiftStartMs = Date.parse("2026-11-23T05:00:00Z");

/** Pieces of this shift at the packer, and of the shift before; two states of the filler; a few samples. */
export async function openLivePlant(): Promise<TestDatabase> {
  const database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  const good = { unit: "bottling-1.packer", role: "goodCount" } as const;
  const scrap = { unit: "bottling-1.filler", role: "scrapCount" } as const;
  await giveCounts(pool, [
    { ...good, atMs: shiftStartMs - 1, delta: 1000, kind: "step" },
    { ...good, atMs: shiftStartMs, delta: 7, kind: "step" },
    { ...good, atMs: nowMs - 2 * minuteMs, delta: 50, kind: "rollover" },
    { ...scrap, atMs: nowMs - minuteMs, delta: 3, kind: "step" },
  ]);
  const filler = "bottling-1.filler";
  const runsSinceMs = nowMs - 4 * minuteMs;
  await giveStates(pool, [
    { unit: filler, state: "Held", fromMs: nowMs - 60 * minuteMs, toMs: runsSinceMs },
    { unit: filler, state: "Execute", fromMs: runsSinceMs, toMs: null },
    { unit: "bottling-1.packer", state: "Suspended", fromMs: nowMs - minuteMs, toMs: null },
  ]);
  await giveSamples(pool, [
    { signal: "bottling-1.filler.temperature", atMs: nowMs - 2_000, value: 4.5 },
    { signal: "bottling-1.filler.guard", atMs: nowMs - 2_000, value: 1 },
    { signal: "bottling-1.packer.product", atMs: nowMs - 40_000, text: "Cola 0.5" },
  ]);
  return database;
}

/** A server on that plant, with consoles that watch it; commits are told to it as the core would. */
export class WatchedPlant {
  readonly edge: RunningEdge;
  readonly #consoles: TestConsole[] = [];

  constructor(edge: RunningEdge) {
    this.edge = edge;
  }

  static async start(database: TestDatabase): Promise<WatchedPlant> {
    return new WatchedPlant(await startEdge({ pool: database.pool, clock: new TestClock(nowMs) }));
  }

  open(): TestConsole {
    const console = new TestConsole(this.edge.url);
    this.#consoles.push(console);
    return console;
  }

  passTime(ms: number): void {
    this.edge.clock.nowMs += ms;
  }

  commit(part: Partial<Committed>): void {
    const nothing = { latest: [], counts: [], states: [], recalculated: [] };
    this.edge.listener.onCommitted({
      committedAtMs: this.edge.clock.nowMs,
      ...nothing,
      ...part,
    });
  }

  temperature(value: number): Partial<Committed> {
    const signal = "bottling-1.filler.temperature";
    const atMs = this.edge.clock.nowMs;
    return {
      latest: [{ signal, value, quality: 192, sourceTimeMs: atMs, gatewayTimeMs: atMs }],
    };
  }

  packed(pieces: number, atMs = this.edge.clock.nowMs): CountChange {
    return { unit: "bottling-1.packer", role: "goodCount", atMs, delta: pieces, kind: "step" };
  }

  async close(): Promise<void> {
    for (const console of this.#consoles) console.close();
    await this.edge.close();
  }
}

export function deltasTo(console: TestConsole): Delta[] {
  return console.frames.flatMap((frame) => frame.deltas);
}

/** What a console holds that has followed a topic from its snapshot on. */
export function followed(snapshot: SubscribeAnswer, deltas: readonly Delta[]): LineState {
  const state = structuredClone(stateOf(snapshot));
  let { seq } = placeOf(snapshot);
  for (const delta of deltas) {
    if (delta.fromSeq !== seq)
      throw new Error(`a delta of ${delta.fromSeq} does not follow ${seq}`);
    seq = delta.seq;
    apply(state, delta.change);
  }
  return state;
}

export function stateOf(answer: SubscribeAnswer): LineState {
  if (answer.kind !== "snapshot" || !("line" in answer.state)) {
    throw new Error(`no snapshot of a line: ${JSON.stringify(answer)}`);
  }
  return answer.state;
}

/** What a console hands in when it comes back. */
export function placeOf(answer: SubscribeAnswer): { epoch: string; seq: number } {
  if (answer.kind === "refused") throw new Error(answer.message);
  return { epoch: answer.epoch, seq: answer.seq };
}
