import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dwellMsMin, stopCodes } from "./design.ts";
import { lakeside } from "./lakeside.ts";
import { newPlantState, Plant, type PlantState } from "./plant.ts";
import { processGridMs } from "./process-values.ts";
import { TruthRecorder, type TruthEntry } from "./truth.ts";

const originMs = Date.UTC(2026, 0, 5, 6);
const minute = 60_000;
const hour = 60 * minute;

interface Run {
  plant: Plant;
  entries: TruthEntry[];
}

function newRun(seed: number, pieces = false): Run {
  return runFrom(newPlantState(lakeside, seed, originMs), [], pieces);
}

function runFrom(state: PlantState, entries: TruthEntry[], pieces = false): Run {
  const keep = (entry: TruthEntry) => void entries.push(entry);
  const recorder = pieces ? new TruthRecorder(() => {}, keep) : new TruthRecorder(keep);
  return { plant: new Plant(lakeside, state, recorder), entries };
}

function begunRun(seed: number, pieces = false): Run {
  const run = newRun(seed, pieces);
  run.plant.begin();
  return run;
}

const seeds = fc.integer({ min: 0, max: 1_000_000 });

describe("the history of a plant", () => {
  it("is the same, piece by piece, in whatever steps the plant is advanced", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.integer({ min: 0, max: 40 * minute }), { maxLength: 30 }),
        (seed, cuts) => {
          const atOnce = begunRun(seed, true);
          atOnce.plant.advance(originMs + 40 * minute);
          const inSteps = begunRun(seed, true);
          for (const cut of cuts.sort((a, b) => a - b)) inSteps.plant.advance(originMs + cut);
          inSteps.plant.advance(originMs + 40 * minute);
          // Lines do not wait for each other, so their entries may be written in another order.
          expect(byUnit(inSteps.entries)).toEqual(byUnit(atOnce.entries));
          expect(inSteps.plant.state).toEqual(atOnce.plant.state);
        },
      ),
      { numRuns: 12 },
    );
  });

  it("goes on from a snapshot as if there had been none", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 * hour }), (seed, cut) => {
        const whole = begunRun(seed);
        whole.plant.advance(originMs + 3 * hour);
        const first = begunRun(seed);
        first.plant.advance(originMs + cut);
        const state = JSON.parse(JSON.stringify(first.plant.state)) as PlantState;
        const second = runFrom(state, first.entries);
        second.plant.advance(originMs + 3 * hour);
        expect(byUnit(second.entries)).toEqual(byUnit(whole.entries));
        expect(second.plant.state).toEqual(whole.plant.state);
      }),
      { numRuns: 10 },
    );
  });

  it("is another with another seed", () => {
    const [one, two] = [begunRun(1), begunRun(2)];
    one.plant.advance(originMs + hour);
    two.plant.advance(originMs + hour);
    expect(one.entries).not.toEqual(two.entries);
  });
});

describe("a machine", () => {
  it("stays in every state and with every stop code for 5 s at least, shut or not", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.integer({ min: 1, max: 30 * minute }), { minLength: 1, maxLength: 12 }),
        (seed, spans) => {
          const { plant, entries } = newRun(seed);
          for (const [index, span] of spans.entries()) {
            if (index % 3 === 0) plant.begin();
            if (index % 3 === 2) plant.shut();
            plant.advance(plant.state.nowMs + span);
          }
          for (const changes of byUnit(entries).values()) {
            expect(shortestDwellMs(changes)).toBeGreaterThanOrEqual(dwellMsMin);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("produces within 20 s of the beginning", () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const { plant, entries } = begunRun(seed);
      plant.advance(originMs + 20_000);
      for (const [unit, changes] of byUnit(entries)) {
        const states = changes.flatMap((change) => ("state" in change ? [change.state] : []));
        expect(states, `${unit} of seed ${seed}`).toContain("Execute");
      }
    }
  });

  it("makes nothing from the moment the plant is shut until it opens", () => {
    const { plant } = begunRun(5);
    plant.advance(originMs + 17 * minute);
    plant.shut();
    const before = totals(plant);
    plant.advance(plant.state.nowMs + dwellMsMin);
    expect(plant.atRest()).toBe(true);
    plant.advance(plant.state.nowMs + hour);
    expect(totals(plant)).toEqual(before);
    for (const machine of machinesOf(plant)) {
      expect(machine).toMatchObject({ state: "Stopped", stopCode: stopCodes.plantOff });
    }
    plant.begin();
    plant.advance(plant.state.nowMs + 10 * minute);
    expect(totals(plant)).not.toEqual(before);
  });

  it("passes over a long night at rest, and its meter counts on", () => {
    const { plant } = begunRun(5);
    plant.advance(originMs + 10 * minute);
    plant.shut();
    plant.advance(plant.state.nowMs + dwellMsMin);
    const before = plant.state.meter.wattHours;
    plant.sleepUntil(originMs + 200 * hour);
    expect(plant.state.nowMs).toBe(originMs + 200 * hour);
    expect(plant.state.meter.wattHours).toBeGreaterThan(before + 100_000);
    plant.begin();
    plant.advance(originMs + 201 * hour);
    expect(plant.machine("bottling-1", "packer").good.changedAtMs).toBeGreaterThan(
      originMs + 200 * hour,
    );
  });
});

describe("the bottling line", () => {
  it("loses no bottle: what a machine took was made before it or lies in between", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 * hour }), (seed, span) => {
        const { plant } = begunRun(seed);
        plant.advance(originMs + span);
        const line = lakeside.lines[0];
        const state = plant.state.lines["bottling-1"];
        line?.buffers.forEach((buffer, index) => {
          const [before, after] = [state?.machines[index], state?.machines[index + 1]];
          const taken = (after?.good.total ?? 0) + (after?.scrap.total ?? 0);
          const between = (state?.buffers[index] ?? 0) + (after?.busy === true ? 1 : 0);
          expect(buffer.initial + (before?.good.total ?? 0)).toBe(taken + between);
          expect(state?.buffers[index]).toBeGreaterThanOrEqual(0);
          expect(state?.buffers[index]).toBeLessThanOrEqual(buffer.capacity);
        });
      }),
      { numRuns: 20 },
    );
  });

  it("starves behind a stop and blocks before it", () => {
    const { plant, entries } = begunRun(1);
    plant.advance(originMs + 4 * hour);
    const codes = (unit: string) =>
      new Set(
        entries.flatMap((entry) =>
          entry.unit === unit && "state" in entry && entry.state === "Suspended"
            ? [entry.stopCode]
            : [],
        ),
      );
    expect(codes("bottling-1.filler")).toEqual(new Set([stopCodes.blocked]));
    expect(codes("bottling-1.capper")).toEqual(new Set([stopCodes.starved, stopCodes.blocked]));
    expect(codes("bottling-1.packer")).toEqual(new Set([stopCodes.starved]));
  });

  it("resets its counters in changeovers only, stopped for long before and after", () => {
    for (let seed = 0; seed < 6; seed += 1) {
      const { plant, entries } = begunRun(seed);
      plant.advance(originMs + 8 * hour);
      for (const quiet of [...byUnit(entries).values()].flatMap(quietOfResets)) {
        expect(quiet).toMatchObject({ state: "Stopped", stopCode: stopCodes.changeover });
        expect(quiet.beforeMs).toBeGreaterThanOrEqual(150_000);
        expect(quiet.afterMs).toBeGreaterThanOrEqual(60_000);
      }
      for (const unit of ["filler", "capper", "labeller", "packer"]) {
        const resets = entries.filter(
          (entry) => entry.unit === `bottling-1.${unit}` && "reset" in entry,
        );
        expect(resets.length, `${unit} of seed ${seed}`).toBeGreaterThan(3);
      }
    }
  });
});

describe("the press shop", () => {
  it("rolls over the 16-bit good counter of each press within its first hour", () => {
    for (let seed = 0; seed < 25; seed += 1) {
      const { plant } = begunRun(seed);
      const first = ["press-a", "press-b"].map((unit) => {
        return plant.machine("stamping-1", unit).good.shown;
      });
      plant.advance(originMs + hour);
      ["press-a", "press-b"].forEach((unit, index) => {
        const { good } = plant.machine("stamping-1", unit);
        expect((first[index] ?? 0) + good.total, `${unit} of seed ${seed}`).toBeGreaterThan(65_536);
        expect(good.shown).toBe(((first[index] ?? 0) + good.total) % 65_536);
      });
    }
  });

  it("resets one scrap counter, and no other counter", () => {
    const { plant, entries } = begunRun(3);
    plant.advance(originMs + 20 * hour);
    const resets = entries.filter(
      (entry) => entry.unit.startsWith("stamping-1") && "reset" in entry,
    );
    expect(resets.length).toBeGreaterThan(2);
    for (const reset of resets) {
      expect(reset).toMatchObject({ unit: "stamping-1.press-b", reset: "scrapCount" });
    }
  });
});

describe("measured values", () => {
  it("add up: energy is the integral of power and never falls", () => {
    const { plant } = begunRun(4);
    let expected = plant.state.meter.wattHours;
    for (let step = 1; step <= 4 * 3600; step += 1) {
      const before = plant.state.meter.wattHours;
      plant.advance(originMs + step * processGridMs);
      expected += (plant.state.meter.powerKw * processGridMs) / 3600;
      expect(plant.state.meter.wattHours).toBeGreaterThanOrEqual(before);
    }
    expect(plant.state.meter.wattHours).toBeCloseTo(expected, 3);
  });

  it("follow the machine: a cold fill while it runs, no force while the press stands", () => {
    const { plant } = begunRun(4);
    const temperature = plant.processValue("bottling-1", "filler", "FillTemperature");
    const standing = temperature.shown;
    plant.advance(originMs + 7 * minute);
    expect(standing).toBeGreaterThan(10);
    expect(temperature.shown).toBeLessThan(8);
    plant.shut();
    plant.advance(plant.state.nowMs + 20 * minute);
    expect(temperature.shown).toBeGreaterThan(10);
    expect(plant.processValue("stamping-1", "press-a", "Tonnage").shown).toBe(0);
  });
});

describe("days of the plant", () => {
  it("reach what real lines reach", () => {
    const { plant } = begunRun(11);
    plant.advance(originMs + 60 * hour);
    const seconds = 60 * 3600;
    const bottling = plant.machine("bottling-1", "packer").good.total / (seconds * 4);
    expect(bottling).toBeGreaterThan(0.6);
    expect(bottling).toBeLessThan(0.8);
    for (const unit of ["press-a", "press-b"]) {
      const press = plant.machine("stamping-1", unit).good.total / (seconds * 20);
      expect(press).toBeGreaterThan(0.6);
      expect(press).toBeLessThan(0.8);
    }
  });
});

function byUnit(entries: readonly TruthEntry[]): Map<string, TruthEntry[]> {
  return Map.groupBy(entries, ({ unit }) => unit);
}

function machinesOf(plant: Plant) {
  return [...plant.lines.values()].flatMap(({ state }) => state.machines);
}

function totals(plant: Plant): number[] {
  return machinesOf(plant).flatMap(({ good, scrap }) => [good.total, scrap.total]);
}

function shortestDwellMs(changes: readonly TruthEntry[]): number {
  const times = changes.flatMap((change) => ("state" in change ? [change.atMs] : []));
  return Math.min(...times.map((atMs, index) => atMs - (times[index - 1] ?? originMs - hour)));
}

/** The state that each reset happened in, and how long before and after it began and ended. */
function quietOfResets(changes: readonly TruthEntry[]) {
  return changes.flatMap((change, index) => {
    const before = changes.slice(0, index).findLast((entry) => "state" in entry);
    const after = changes.slice(index).find((entry) => "state" in entry);
    if (!("reset" in change) || before === undefined) return [];
    const { state, stopCode, atMs } = before;
    const afterMs = (after?.atMs ?? Infinity) - change.atMs;
    return [{ state, stopCode, beforeMs: change.atMs - atMs, afterMs }];
  });
}
