import fc from "fast-check";
import { expect, test } from "vitest";
import { lossClasses } from "../stops/stop.ts";
import { kpisOf, timesOf } from "./kpis.ts";
import { emptyTally, type KpiTally } from "./tally.ts";
import { piecesOfCalendar, waterfallOf } from "./waterfall.ts";

const minuteMs = 60_000;

function msOf(tally: KpiTally, name: string): number | undefined {
  return waterfallOf(tally).find((step) => step.name === name)?.ms;
}

test("of oee.com's shift leaves 74.8 % of the busy time", () => {
  const tally = {
    ...emptyTally(),
    plannedDowntimeMs: 60 * minuteMs,
    aptMs: 373 * minuteMs,
    standardAptMs: 373 * minuteMs,
    adetMs: 47 * minuteMs,
    lossMs: { ...emptyTally().lossMs, breakdown: 47 * minuteMs },
    idealUs: 19_271_000_000,
    goodPieces: 18_848,
    scrapPieces: 423,
  };
  expect(msOf(tally, "breakdown")).toBe(47 * minuteMs);
  expect(msOf(tally, "speed")).toBe(373 * minuteMs - 19_271_000);
  expect(msOf(tally, "scrap")).toBe(423_000);
  expect(msOf(tally, "fullyProductive")).toBe(18_848_000);
  expect(18_848_000 / timesOf(tally).pbtMs).toBeCloseTo(kpisOf(tally).oee ?? 0, 9);
  expect(piecesOfCalendar(waterfallOf(tally))).toBe(480 * 60);
});

test("without an ideal cycle has no pieces, and tells the time apart", () => {
  const tally = { ...emptyTally(), aptMs: 10, goodPieces: 5, piecesWithoutStandard: 5 };
  expect(msOf(tally, "withoutStandard")).toBe(10);
  expect(piecesOfCalendar(waterfallOf(tally))).toBeNull();
});

test("adds up to the calendar time, in ms and in pieces, whatever the tally", () => {
  const upTo = (max: number) => fc.integer({ min: 0, max });
  const parts = fc.record({
    unscheduledMs: upTo(1e9),
    plannedDowntimeMs: upTo(1e8),
    losses: fc.array(upTo(1e7), { minLength: lossClasses.length, maxLength: lossClasses.length }),
    aptMs: upTo(1e9),
    cycleUs: fc.integer({ min: 1_000, max: 10_000_000 }),
    goodPieces: upTo(100_000),
    scrapPieces: upTo(5_000),
  });
  fc.assert(
    fc.property(parts, ({ losses, cycleUs, ...rest }) => {
      const tally: KpiTally = {
        ...emptyTally(),
        ...rest,
        standardAptMs: rest.aptMs,
        adetMs: losses.reduce((sum, ms) => sum + ms, 0),
        idealUs: cycleUs * (rest.goodPieces + rest.scrapPieces),
      };
      lossClasses.forEach((name, index) => (tally.lossMs[name] = losses[index] ?? 0));
      const steps = waterfallOf(tally);
      const { calendarMs } = timesOf(tally);
      expect(steps.reduce((sum, { ms }) => sum + ms, 0)).toBe(calendarMs);
      const pieces = piecesOfCalendar(steps);
      if (pieces === null) return;
      expect(Math.abs(pieces - (calendarMs * 1_000) / cycleUs)).toBeLessThanOrEqual(2);
    }),
    { seed: 22_400, numRuns: 300 },
  );
});
