import { describe, expect, test } from "vitest";
import { kpisOf, timesOf } from "./kpis.ts";
import { addTallies, emptyTally, tallyDifference, isEmptyTally, type KpiTally } from "./tally.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function tally(parts: Partial<KpiTally>): KpiTally {
  return { ...emptyTally(), ...parts };
}

/** oee.com: 480 min shift, breaks of 60, stops of 47, ideal cycle 1.0 s, 19,271 pieces, 423 rejected. */
const oeeCom = tally({
  plannedDowntimeMs: 60 * minuteMs,
  aptMs: 373 * minuteMs,
  standardAptMs: 373 * minuteMs,
  adetMs: 47 * minuteMs,
  idealUs: 19_271 * 1_000_000,
  goodPieces: 19_271 - 423,
  scrapPieces: 423,
});

describe("KPIs of one tally", () => {
  test("are those of oee.com's example", () => {
    const { availability, effectiveness, quality, oee } = kpisOf(oeeCom);
    expect(availability).toBeCloseTo(0.888095, 6);
    expect(effectiveness).toBeCloseTo(0.861081, 6);
    expect(quality).toBeCloseTo(0.97805, 6);
    expect(oee).toBeCloseTo(0.747937, 6);
  });

  test("have ISO 22400's other ratios", () => {
    const kpis = kpisOf(
      tally({
        unscheduledMs: 8 * hourMs,
        plannedDowntimeMs: 1 * hourMs,
        aptMs: 5 * hourMs,
        standardAptMs: 5 * hourMs,
        asutMs: 1 * hourMs,
        adetMs: 2 * hourMs,
        adotMs: 2 * hourMs,
        idealUs: 4 * hourMs * 1_000,
        goodPieces: 90,
        scrapPieces: 10,
        reworkPieces: 4,
      }),
    );
    expect(kpis).toMatchObject({
      availability: 0.5,
      effectiveness: 0.8,
      quality: 0.9,
      allocationEfficiency: 0.8,
      utilization: 5 / 8,
      technicalEfficiency: 5 / 7,
      setupRatio: 1 / 6,
      scrapRatio: 0.1,
      reworkRatio: 0.04,
      firstPassYield: 0.86,
      throughputPerHour: 12.5,
      actualCycleMs: 180_000,
    });
    expect(kpis.oee).toBeCloseTo(0.36, 12);
    expect(kpis.nee).toBeCloseTo(0.6 * 0.8 * 0.9, 12);
    expect(kpis.teep).toBeCloseTo((0.36 * 10) / 19, 12);
  });

  test("MTBF and MTTR are IBM's: 20,000 h with 5 failures, 20 h for 10 repairs", () => {
    expect(kpisOf(tally({ aptMs: 20_000 * hourMs, failures: 5 })).mtbfMs).toBe(4_000 * hourMs);
    expect(kpisOf(tally({ failureMs: 20 * hourMs, failures: 10 })).mttrMs).toBe(2 * hourMs);
  });

  test("of nothing are absent, never NaN", () => {
    expect(kpisOf(emptyTally())).toEqual({
      flags: {
        overHundred: false,
        noStandardShare: 0,
        unobservedShare: 0,
        producedOutsidePlanShare: 0,
      },
    });
  });

  test("beyond 100 % are flagged, not capped", () => {
    const { effectiveness, oee, flags } = kpisOf(
      tally({
        aptMs: 100 * minuteMs,
        standardAptMs: 100 * minuteMs,
        idealUs: 253 * minuteMs * 1_000,
        goodPieces: 1,
      }),
    );
    expect(effectiveness).toBe(2.53);
    expect(oee).toBe(2.53);
    expect(flags.overHundred).toBe(true);
  });

  test("pieces without an ideal cycle leave effectiveness to the others, and are flagged", () => {
    const half = tally({ aptMs: 60, goodPieces: 25, piecesWithoutStandard: 25 });
    expect(kpisOf(half).effectiveness).toBeUndefined();
    expect(kpisOf(half).oee).toBeUndefined();
    const both = addTallies([
      half,
      tally({ aptMs: 60, standardAptMs: 60, idealUs: 45_000, goodPieces: 75 }),
    ]);
    expect(kpisOf(both).effectiveness).toBe(0.75);
    expect(kpisOf(both).flags.noStandardShare).toBe(0.25);
  });

  test("time that nobody saw and production outside of the plan are flagged", () => {
    const { flags } = kpisOf(
      tally({ aptMs: 80, producedOutsidePlanMs: 20, adotMs: 20, unobservedMs: 20 }),
    );
    expect(flags.unobservedShare).toBe(0.2);
    expect(flags.producedOutsidePlanShare).toBe(0.25);
  });

  test("more taken back than made leaves the ratios of pieces undefined", () => {
    const { quality, scrapRatio } = kpisOf(tally({ goodPieces: -5, scrapPieces: 2 }));
    expect(quality).toBeUndefined();
    expect(scrapRatio).toBeUndefined();
  });
});

describe("pooling", () => {
  test("420 min at 0.90 and 60 min at 0.30 are 0.825, not 0.60", () => {
    const long = tally({ aptMs: 378 * minuteMs, adetMs: 42 * minuteMs });
    const short = tally({ aptMs: 18 * minuteMs, adetMs: 42 * minuteMs });
    expect(kpisOf(addTallies([long, short])).availability).toBe(0.825);
  });

  test("adds what the difference took away", () => {
    const sum = addTallies([oeeCom, tally({ stops: 3 })]);
    expect(tallyDifference(sum, oeeCom)).toEqual(tally({ stops: 3 }));
    expect(isEmptyTally(tallyDifference(sum, sum))).toBe(true);
  });
});

test("sums of time: PBT = AUBT + ADOT, POT = PBT + planned downtime", () => {
  expect(
    timesOf(
      tally({
        unscheduledMs: 32,
        plannedDowntimeMs: 16,
        aptMs: 8,
        asutMs: 4,
        adetMs: 2,
        adotMs: 1,
      }),
    ),
  ).toEqual({ calendarMs: 63, potMs: 31, pbtMs: 15, aubtMs: 14, auptMs: 12 });
});
