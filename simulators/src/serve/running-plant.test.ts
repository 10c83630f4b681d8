import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { lakeside } from "../plant/lakeside.ts";
import { runOnMs, runPlant, type RunningPlant, type RunningPlantOptions } from "./running-plant.ts";

const originMs = Date.UTC(2026, 0, 5, 6);
const minute = 60_000;

let stateDir = "";
let nowMs = originMs;
let speed = 1;
const clock: PlantClock = {
  now: () => nowMs,
  realDelayMs: (plantMs) => plantMs / speed,
  get speed() {
    return speed;
  },
};

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "only-mes-plant-"));
  nowMs = originMs;
  speed = 1;
});
/** Those that were "killed" too: only the files they hold are left to close. */
const started: RunningPlant[] = [];

afterEach(async () => {
  for (const running of started.splice(0)) await running.close().catch(() => {});
  await rm(stateDir, { recursive: true, force: true });
});

async function start(more: Partial<RunningPlantOptions> = {}): Promise<RunningPlant> {
  const options = { design: lakeside, seed: 5, clock, stateDir, waitForBegin: false, ...more };
  const running = await runPlant(options);
  started.push(running);
  return running;
}

/** As after kill -9: what was not saved is gone. */
async function startAnew(more?: Partial<RunningPlantOptions>): Promise<RunningPlant> {
  return start(more);
}

function at(running: RunningPlant, ms: number): RunningPlant {
  nowMs = originMs + ms;
  running.advance();
  return running;
}

async function uninterrupted(ms: number) {
  const other = await mkdtemp(join(tmpdir(), "only-mes-plant-"));
  nowMs = originMs;
  const running = at(await start({ stateDir: other }), ms);
  const truth = running.truth();
  const state = structuredClone(running.plant.state);
  await running.close();
  await rm(other, { recursive: true, force: true });
  return { truth, state };
}

describe("a plant that is killed", () => {
  it("comes to the same counters, states and values as if it had lived", async () => {
    const running = at(await start(), 7 * minute);
    await running.save();
    at(running, 9 * minute);
    nowMs = originMs + 16 * minute;
    const again = await startAnew();
    const lived = await uninterrupted(16 * minute);
    expect(again.truth()).toEqual(lived.truth);
    expect(again.plant.state).toEqual(lived.state);
    await again.close();
  });

  it("may be killed again and again", async () => {
    let running = await start();
    for (let ms = minute; ms <= 30 * minute; ms += minute) {
      at(running, ms);
      if (ms % (4 * minute) === 0) await running.save();
      nowMs += 7000;
      if (ms % (3 * minute) === 0) running = await startAnew();
    }
    at(running, 31 * minute);
    const lived = await uninterrupted(31 * minute);
    expect(running.truth()).toEqual(lived.truth);
  });

  it("was shut, if it was away for long, but not before its last values could be read", async () => {
    const running = at(await start(), 7 * minute);
    await running.save();
    const lastRead = at(running, 7 * minute + 55_000).truth();
    nowMs = originMs + 8 * 60 * minute;
    const again = await startAnew();
    const truth = again.truth();
    const { states, counters } = truth.units["bottling-1.packer"] ?? {};
    expect(counters?.goodCount).toBeGreaterThanOrEqual(
      lastRead.units["bottling-1.packer"]?.counters.goodCount ?? Infinity,
    );
    const shut = states?.at(-1);
    expect(shut).toMatchObject({ state: "Stopped", toMs: null });
    expect(shut?.fromMs).toBeGreaterThanOrEqual(originMs + 7 * minute + runOnMs(1));
    expect(shut?.fromMs).toBeLessThanOrEqual(originMs + 7 * minute + runOnMs(1) + 5000);
    nowMs += 10 * minute;
    again.advance();
    expect(again.truth().units["bottling-1.packer"]?.good).toBeGreaterThan(
      truth.units["bottling-1.packer"]?.good ?? Infinity,
    );
  });

  it("runs on for longer where plant time is faster", async () => {
    speed = 100;
    const running = at(await start(), 7 * minute);
    await running.save();
    nowMs = originMs + 7 * minute + runOnMs(100) - 1;
    const again = await startAnew();
    expect(again.truth()).toEqual((await uninterrupted(7 * minute + runOnMs(100) - 1)).truth);
  });

  it("writes each piece once into its truth file", async () => {
    const truthFile = join(stateDir, "truth.jsonl");
    const running = at(await start({ truthFile }), 3 * minute);
    await running.save();
    at(running, 4 * minute);
    nowMs = originMs + 5 * minute;
    const again = await startAnew({ truthFile });
    await again.close();
    const lines = (await readFile(truthFile, "utf8")).trim().split("\n");
    const good: Record<string, number> = {};
    for (const line of lines) {
      const entry = JSON.parse(line) as { unit: string; good?: number };
      good[entry.unit] = (good[entry.unit] ?? 0) + (entry.good ?? 0);
    }
    for (const [unit, truth] of Object.entries(again.truth().units)) {
      expect(good[unit], `pieces of ${unit}`).toBe(truth.good);
    }
  });
});

describe("a plant that is told what to do", () => {
  it("stands still until it begins, if it is to wait, and begins once", async () => {
    const running = at(await start({ waitForBegin: true }), 5 * minute);
    expect(running.truth()).toMatchObject({ frozen: false });
    expect(running.truth().units["stamping-1.press-a"]).toMatchObject({ good: 0 });
    running.begin();
    await running.save();
    nowMs += 2 * minute;
    const again = await startAnew({ waitForBegin: true });
    expect(again.truth().units["stamping-1.press-a"]?.good).toBeGreaterThan(0);
  });

  it("ends production after its minutes, to the millisecond, however it is advanced", async () => {
    const running = at(await start({ forMs: 10 * minute }), 60 * minute);
    const truth = running.truth();
    expect(truth.frozen).toBe(true);
    expect(truth.toMs).toBeGreaterThanOrEqual(originMs + 10 * minute);
    expect(truth.toMs).toBeLessThanOrEqual(originMs + 10 * minute + 5000);
    const lived = await uninterrupted(10 * minute);
    for (const [unit, { good, scrap }] of Object.entries(lived.truth.units)) {
      expect(truth.units[unit]).toMatchObject({ good, scrap });
    }
  });

  it("freezes, and is still frozen after a restart", async () => {
    const running = at(await start(), 5 * minute);
    const frozen = running.freeze();
    nowMs += 6000;
    await frozen;
    const { units } = running.truth();
    expect(running.truth().frozen).toBe(true);
    await running.close();
    nowMs += 60 * minute;
    const again = await startAnew();
    expect(again.truth()).toMatchObject({ frozen: true, units });
    again.begin();
    nowMs += 10 * minute;
    again.advance();
    expect(again.truth().frozen).toBe(false);
  });
});

describe("a state directory", () => {
  it("that is not of this plant is refused, naming the file", async () => {
    await writeFile(join(stateDir, "plant.json"), '{"version":2}');
    await expect(start()).rejects.toThrow(/plant\.json is no snapshot of this plant in version 1/);
    await writeFile(join(stateDir, "plant.json"), "nonsense");
    await expect(start()).rejects.toThrow(/plant\.json is no snapshot/);
  });

  it("whose log is shorter than its snapshot says is refused", async () => {
    await (await start()).close();
    await writeFile(join(stateDir, "truth-states.jsonl"), "");
    await expect(start()).rejects.toThrow(/truth-states\.jsonl has 0 bytes/);
  });
});
