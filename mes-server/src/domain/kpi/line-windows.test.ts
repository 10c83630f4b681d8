import { expect, test } from "vitest";
import type { JobInterval } from "../orders/job-interval.ts";
import type { CycleStandard } from "../orders/cycle-standard.ts";
import type { UnitOfKpi } from "./ideal-cycle.ts";
import { cutsOf, segmentsOfLine, windowsOfLine, type LineFacts } from "./line-windows.ts";
import { hourMs } from "./segments.ts";

const minuteMs = 60_000;
const startMs = Date.parse("2026-11-23T06:00:00Z");

function at(minute: number): number {
  return startMs + minute * minuteMs;
}

const units: UnitOfKpi[] = [
  { id: "line.filler", position: 0, pacesLine: true, outputOfLine: false, idealRatePerMinute: 30 },
  { id: "line.packer", position: 1, pacesLine: false, outputOfLine: true, idealRatePerMinute: 60 },
];

function job(slot: number, id: string, from: number, to: number | null, of: string[] = []) {
  const interval: JobInterval = {
    line: "line",
    slot,
    job: id,
    order: `order of ${id}`,
    product: `product of ${id}`,
    phase: "production",
    fromMs: at(from),
    toMs: to === null ? null : at(to),
    units: of,
  };
  return interval;
}

function standard(equipment: string, product: string | null, seconds: number, from = 0) {
  const cycle: CycleStandard = {
    equipment,
    product,
    fromMs: at(from),
    toMs: null,
    idealCycleSeconds: seconds,
  };
  return cycle;
}

function facts(changes: Partial<LineFacts>): LineFacts {
  return {
    line: "line",
    units,
    range: { fromMs: at(0), toMs: at(60) },
    shifts: [],
    plannedDowntimes: [],
    jobs: [],
    standards: [],
    declared: [],
    states: new Map(),
    stops: new Map(),
    ...changes,
  };
}

function windows(of: LineFacts, counted: Parameters<typeof windowsOfLine>[2] = []) {
  return windowsOfLine(of, segmentsOfLine(of), counted);
}

test("a line's good pieces are its output units', its scrap that of all, with what was declared", () => {
  const of = facts({
    declared: [
      { equipment: "line", role: "good", atMs: at(10), quantity: 7, slot: 1 },
      { equipment: "line.packer", role: "scrap", atMs: at(59), quantity: -1, slot: 1 },
      { equipment: "line.packer", role: "scrap", atMs: at(60), quantity: 100, slot: 1 },
    ],
  });
  const all = windows(of, [
    { unit: "line.filler", cut: 0, role: "good", pieces: 120 },
    { unit: "line.filler", cut: 0, role: "scrap", pieces: 3 },
    { unit: "line.packer", cut: 0, role: "good", pieces: 100 },
    { unit: "line.packer", cut: 0, role: "scrap", pieces: 2 },
  ]);
  const pieces = all.map(({ equipment, tally }) => [
    equipment,
    tally.goodPieces,
    tally.scrapPieces,
  ]);
  expect(pieces).toEqual([
    ["line", 107, 4],
    ["line.filler", 120, 3],
    ["line.packer", 100, 1],
  ]);
});

test("an ideal cycle is the standard of the product, of any product, or the unit's own rate", () => {
  const of = facts({
    range: { fromMs: at(0), toMs: at(0) + hourMs },
    jobs: [job(1, "a", 20, 40)],
    standards: [standard("line.filler", null, 1.5), standard("line.filler", "product of a", 3)],
  });
  const cycles = [...segmentsOfLine(of)].map(([id, segments]) => [
    id,
    segments.map(({ idealCycleUs }) => idealCycleUs),
  ]);
  expect(cycles).toEqual([
    ["line", [1_500_000, 3_000_000, 1_500_000]],
    ["line.filler", [1_500_000, 3_000_000, 1_500_000]],
    ["line.packer", [1_000_000, 1_000_000, 1_000_000]],
  ]);
});

test("a standard that begins within the hour cuts it, so that pieces keep the cycle of their time", () => {
  const of = facts({ standards: [standard("line", null, 4, 30)] });
  const segments = segmentsOfLine(of);
  expect(cutsOf(segments)).toEqual([at(0), at(30)]);
  const [before, after] = windows(of, [
    { unit: "line.packer", cut: 0, role: "good", pieces: 10 },
    { unit: "line.packer", cut: 1, role: "good", pieces: 10 },
  ]);
  expect([before?.tally.idealUs, after?.tally.idealUs]).toEqual([20_000_000, 40_000_000]);
});

test("a unit's time belongs to the job of its slot, a line's to that of its lowest slot taken", () => {
  const of = facts({ jobs: [job(2, "b", 0, 50, ["line.packer"]), job(1, "a", 10, 30)] });
  const jobs = Map.groupBy(windows(of), ({ equipment }) => equipment);
  const told = (id: string) =>
    jobs.get(id)?.map((window) => [(window.fromMs - startMs) / minuteMs, window.job]);
  expect(told("line")).toEqual([
    [0, "b"],
    [10, "a"],
    [30, "b"],
    [50, undefined],
  ]);
  expect(told("line.filler")).toEqual([
    [0, undefined],
    [10, "a"],
    [30, undefined],
  ]);
  expect(told("line.packer")).toEqual([
    [0, "b"],
    [50, undefined],
  ]);
});
