import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { ShiftInstance } from "../calendar/shifts.ts";
import type { StateSpan } from "../lines/line-states.ts";
import type { JobInterval } from "../orders/job-interval.ts";
import { lossClasses, type Stop } from "../stops/stop.ts";
import { deriveWindows, type EquipmentHistory, type KpiWindow } from "./deriveWindows.ts";
import { kpisOf, timesOf } from "./kpis.ts";
import { segmentsOf, type Segment } from "./segments.ts";
import { addTallies, type KpiTally } from "./tally.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startMs = Date.UTC(2026, 10, 23, 6);

const shift: ShiftInstance = {
  id: "2026-11-23 early",
  name: "early",
  businessDate: "2026-11-23",
  startMs,
  endMs: startMs + 8 * hourMs,
};

function minutes(from: number, to: number): { fromMs: number; toMs: number } {
  return { fromMs: startMs + from * minuteMs, toMs: startMs + to * minuteMs };
}

function span(state: MachineState, from: number, to: number): StateSpan {
  return { state, ...minutes(from, to) };
}

function stop(from: number, to: number, changes: Partial<Stop> = {}): Stop {
  const range = minutes(from, to);
  return {
    id: `line@${range.fromMs}`,
    equipment: "line",
    ...range,
    parts: [range],
    state: "Stopped",
    isMicrostop: false,
    reason: undefined,
    reasonFrom: undefined,
    lossClass: "unassigned",
    ...changes,
  };
}

function job(
  from: number,
  to: number | null,
  phase: JobInterval["phase"] = "production",
): JobInterval {
  return {
    line: "line",
    slot: 1,
    job: "job-1",
    order: "order-1",
    product: "cola",
    phase,
    fromMs: startMs + from * minuteMs,
    toMs: to === null ? null : startMs + to * minuteMs,
    units: [],
  };
}

interface Given extends Partial<Omit<EquipmentHistory, "equipment">> {
  shifts?: ShiftInstance[];
  jobs?: JobInterval[];
  pieces?: { atMs: number; good: number; scrap: number }[];
  cutsMs?: number[];
}

function windowsOf(given: Given, from: number, to: number): KpiWindow[] {
  const segments = segmentsOf(minutes(from, to), {
    shifts: given.shifts ?? [shift],
    jobs: given.jobs ?? [],
    cycleChangesMs: given.cutsMs ?? [],
    idealCycleUs: () => 1_000_000,
  });
  const ofSegment = ({ fromMs, toMs }: Segment) =>
    (given.pieces ?? []).filter(({ atMs }) => fromMs <= atMs && atMs < toMs);
  return deriveWindows(
    { equipment: "line", states: [], stops: [], plannedDowntimes: [], ...given },
    segments,
    (index) => {
      const own = segments[index] === undefined ? [] : ofSegment(segments[index]);
      return {
        goodPieces: own.reduce((sum, { good }) => sum + good, 0),
        scrapPieces: own.reduce((sum, { scrap }) => sum + scrap, 0),
        reworkPieces: 0,
      };
    },
  );
}

function tallyOf(given: Given, from: number, to: number): KpiTally {
  return addTallies(windowsOf(given, from, to).map(({ tally }) => tally));
}

describe("windows", () => {
  test("of oee.com's shift: 480 min, breaks of 60, stops of 47, 19,271 pieces, 423 rejected", () => {
    const tally = tallyOf(
      {
        states: [span("Execute", 0, 200), span("Held", 200, 247), span("Execute", 247, 420)].concat(
          span("Idle", 420, 480),
        ),
        stops: [stop(200, 247, { lossClass: "breakdown" }), stop(420, 480)],
        plannedDowntimes: [minutes(420, 480)],
        pieces: [{ atMs: startMs + hourMs, good: 18_848, scrap: 423 }],
      },
      0,
      480,
    );
    const { availability, effectiveness, quality, oee } = kpisOf(tally);
    expect(availability).toBeCloseTo(0.888095, 6);
    expect(effectiveness).toBeCloseTo(0.861081, 6);
    expect(quality).toBeCloseTo(0.97805, 6);
    expect(oee).toBeCloseTo(0.747937, 6);
    expect(tally).toMatchObject({ stops: 1, failures: 1, failureMs: 47 * minuteMs });
  });

  test("take the union of stops that overlap: 900 and 830 of 978 min are 8.0 %, not −76.9 %", () => {
    const tally = tallyOf(
      {
        shifts: [{ ...shift, endMs: startMs + 978 * minuteMs }],
        states: [span("Stopped", 0, 900), span("Execute", 900, 978)],
        stops: [stop(0, 900, { lossClass: "breakdown" }), stop(40, 870, { lossClass: "material" })],
      },
      0,
      978,
    );
    expect(kpisOf(tally).availability).toBeCloseTo(0.08, 3);
    expect(tally.stopMs).toBe(900 * minuteMs);
    expect(tally.lossMs.breakdown).toBe(900 * minuteMs);
  });

  test("tell setup, delay within a job and time without one apart", () => {
    const tally = tallyOf(
      {
        states: [span("Idle", 0, 30), span("Execute", 30, 50), span("Held", 50, 60)],
        jobs: [job(10, 25, "setup"), job(25, 55)],
      },
      0,
      60,
    );
    expect(tally).toMatchObject({
      adotMs: 15 * minuteMs,
      asutMs: 15 * minuteMs,
      adetMs: 10 * minuteMs,
      aptMs: 20 * minuteMs,
    });
    expect(tally.lossMs).toMatchObject({ setup: 15 * minuteMs, unassigned: 25 * minuteMs });
  });

  test("count production in a break and after the shift, and say so", () => {
    const tally = tallyOf(
      { states: [span("Execute", 0, 490)], plannedDowntimes: [minutes(60, 75)] },
      0,
      500,
    );
    expect(tally).toMatchObject({
      aptMs: 490 * minuteMs,
      plannedDowntimeMs: 0,
      unscheduledMs: 10 * minuteMs,
      producedOutsidePlanMs: 25 * minuteMs,
    });
  });

  test("take a stop whose reason is planned as planned downtime, not as a stop", () => {
    const tally = tallyOf(
      {
        states: [span("Execute", 0, 30), span("Stopped", 30, 60)],
        stops: [stop(30, 60, { lossClass: "planned", reason: "cleaning" })],
      },
      0,
      60,
    );
    expect(tally).toMatchObject({ plannedDowntimeMs: 30 * minuteMs, stops: 0, stopMs: 0 });
    expect(kpisOf(tally).availability).toBe(1);
  });

  test("without a state are unobserved, and so is Unknown", () => {
    const tally = tallyOf({ states: [span("Execute", 0, 30), span("Unknown", 30, 45)] }, 0, 60);
    expect(tally.unobservedMs).toBe(30 * minuteMs);
    expect(tally.lossMs.unobserved).toBe(30 * minuteMs);
    expect(kpisOf(tally).flags.unobservedShare).toBe(0.5);
  });

  test("count a stop where it begins, its time where it is", () => {
    const given = {
      states: [span("Execute", 0, 50), span("Held", 50, 130)],
      stops: [stop(50, 130)],
    };
    const windows = windowsOf(given, 0, 180).map(({ tally }) => [tally.stops, tally.stopMs]);
    expect(windows).toEqual([
      [1, 10 * minuteMs],
      [0, 60 * minuteMs],
      [0, 10 * minuteMs],
    ]);
  });

  test("carry shift, job, order and product", () => {
    const [, second] = windowsOf({ jobs: [job(20, 40)] }, 0, 60);
    expect(second).toMatchObject({
      shift: "2026-11-23 early",
      businessDate: "2026-11-23",
      job: "job-1",
      order: "order-1",
      product: "cola",
      ...minutes(20, 40),
    });
  });
});

const seed = 22_400;
const horizon = 300;
const states = ["Execute", "Idle", "Held", "Suspended", "Stopped", "Unknown"] as const;
const bounds = fc
  .uniqueArray(fc.integer({ min: 0, max: horizon }), { maxLength: 24 })
  .map((list) => list.toSorted((a, b) => a - b));

/** Ranges that follow one another, with gaps where the flag is false. */
function ranges<T>(of: fc.Arbitrary<T>) {
  return bounds.chain((list) =>
    fc
      .array(fc.option(of, { freq: 4, nil: undefined }), {
        minLength: list.length,
        maxLength: list.length,
      })
      .map((values) =>
        values.flatMap((value, index) => {
          const [from, to] = [list[index], list[index + 1]];
          return value === undefined || from === undefined || to === undefined
            ? []
            : [{ from, to, value }];
        }),
      ),
  );
}

const history = fc
  .record({
    states: ranges(fc.constantFrom(...states)),
    stops: fc.array(
      fc.record({
        from: fc.integer({ min: 0, max: horizon }),
        length: fc.integer({ min: 1, max: 90 }),
        lossClass: fc.constantFrom(...lossClasses),
        isMicrostop: fc.boolean(),
      }),
      { maxLength: 8 },
    ),
    planned: ranges(fc.constant(true)),
    shifts: ranges(fc.constant(true)),
    jobs: ranges(fc.constantFrom("setup", "production")),
    pieces: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: horizon * minuteMs - 1 }),
        good: fc.integer({ min: 0, max: 9 }),
        scrap: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 30 },
    ),
  })
  .map((raw): Given => ({
    states: raw.states.map(({ value, from, to }) => span(value, from, to)),
    stops: raw.stops
      .map(({ from, length, ...rest }) => stop(from, from + length, rest))
      .sort((a, b) => a.fromMs - b.fromMs),
    plannedDowntimes: raw.planned.map(({ from, to }) => minutes(from, to)),
    shifts: raw.shifts.map(({ from, to }, index) => ({
      ...shift,
      id: `shift ${index}`,
      startMs: startMs + from * minuteMs,
      endMs: startMs + to * minuteMs,
    })),
    jobs: raw.jobs.map(({ value, from, to }) => job(from, to, value)),
    pieces: raw.pieces.map(({ at, ...rest }) => ({ ...rest, atMs: startMs + at })),
  }));

describe("over random histories", () => {
  test("every sum of ISO 22400 holds, to the millisecond", () => {
    fc.assert(
      fc.property(history, (given) => {
        for (const { tally, fromMs, toMs } of windowsOf(given, 0, horizon)) {
          const { calendarMs, potMs, pbtMs, aubtMs, auptMs } = timesOf(tally);
          const lostMs = Object.values(tally.lossMs).reduce((sum, ms) => sum + ms, 0);
          expect(calendarMs).toBe(toMs - fromMs);
          expect(auptMs).toBe(tally.aptMs + tally.asutMs);
          expect(aubtMs).toBe(auptMs + tally.adetMs);
          expect(pbtMs).toBe(aubtMs + tally.adotMs);
          expect(pbtMs).toBe(potMs - tally.plannedDowntimeMs);
          expect(lostMs).toBe(pbtMs - tally.aptMs);
          expect(tally.stopMs + tally.microstopMs).toBeLessThanOrEqual(lostMs);
          expect(tally.unobservedMs).toBeLessThanOrEqual(lostMs);
          expect(tally.producedOutsidePlanMs).toBeLessThanOrEqual(tally.aptMs);
          expect(kpisOf(tally).availability ?? 0).toBeGreaterThanOrEqual(0);
          expect(kpisOf(tally).availability ?? 1).toBeLessThanOrEqual(1);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test("windows of any cut add up to the same tally", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: horizon - 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(history, cuts, (given, cutsAt) => {
        const at = [0, ...new Set(cutsAt.toSorted((a, b) => a - b)), horizon];
        const apart = at.slice(1).map((to, index) => tallyOf(given, at[index] ?? 0, to));
        expect(addTallies(apart)).toEqual(tallyOf(given, 0, horizon));
      }),
      { seed, numRuns: 300 },
    );
  });
});
