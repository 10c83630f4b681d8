import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CycleStandard } from "./cycle-standard.ts";
import { idealPieces, idealRatePerMinute, type RatedLine } from "./ideal-rate.ts";
import { endAfter, paceOf, without, type PaceInput, type Span } from "./pace.ts";
import { slotOfUnit } from "./slot-units.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function standard(
  equipment: string,
  product: string | null,
  idealCycleSeconds: number,
  fromMs = 0,
  toMs: number | null = null,
): CycleStandard {
  return { equipment, product, idealCycleSeconds, fromMs, toMs };
}

function line(...standards: CycleStandard[]): RatedLine {
  const of = { position: 0, outputOfLine: false };
  const units = [
    { ...of, id: "l.a", pacesLine: true, idealRatePerMinute: 60 },
    { ...of, id: "l.b", pacesLine: true, idealRatePerMinute: 60 },
    { ...of, id: "l.c", pacesLine: false, idealRatePerMinute: 500 },
  ];
  return { line: "l", units, standards };
}

describe("the ideal rate of a line", () => {
  it("is that of its pacing units, side by side, where no standard says more", () => {
    expect(idealRatePerMinute(line(), "cola", 5)).toBe(120);
    expect(idealRatePerMinute(line(standard("l.a", "cola", 3)), "cola", 5)).toBe(80);
    expect(idealRatePerMinute(line(standard("l.a", "water", 3)), "cola", 5)).toBe(120);
  });

  it("is the line's own standard of the product, else of whatever is produced", () => {
    const rated = line(standard("l", null, 2), standard("l", "cola", 0.5));
    expect(idealRatePerMinute(rated, "cola", 5)).toBe(120);
    expect(idealRatePerMinute(rated, "water", 5)).toBe(30);
  });

  it("is not known if it is not of one of them", () => {
    const units = [
      ...line().units,
      { position: 1, outputOfLine: false, id: "l.d", pacesLine: true },
    ];
    expect(idealRatePerMinute({ ...line(), units }, "cola", 5)).toBeNull();
    expect(idealRatePerMinute({ ...line(), units: [] }, "cola", 5)).toBeNull();
  });

  it("changes within a span when a standard does", () => {
    const rated = line(standard("l", "cola", 1, 0, hourMs), standard("l", "cola", 2, hourMs));
    expect(idealPieces(rated, "cola", [{ fromMs: 0, toMs: 2 * hourMs }])).toBe(3600 + 1800);
    expect(idealPieces(rated, "cola", [])).toBe(0);
  });
});

function pace(more: Partial<PaceInput>): ReturnType<typeof paceOf> {
  return paceOf({
    rated: line(standard("l", "cola", 1)),
    product: "cola",
    quantity: 10_000,
    good: 3_000,
    produced: [{ fromMs: 0, toMs: hourMs }],
    targetShare: 1,
    isRunning: true,
    downtimes: [],
    nowMs: hourMs,
    ...more,
  });
}

describe("pace", () => {
  it("[JP3] is behind in pieces and in minutes, and ends at its own pace", () => {
    expect(pace({})).toEqual({
      idealRatePerMinute: 60,
      expected: 3600,
      aheadPieces: -600,
      aheadMinutes: -10,
      estimatedEndMs: hourMs + (7_000 / 3_000) * hourMs,
    });
  });

  it("is ahead of a target that is a share of the ideal", () => {
    const { expected, aheadPieces, aheadMinutes } = pace({ targetShare: 0.5 });
    expect({ expected, aheadPieces, aheadMinutes }).toEqual({
      expected: 1800,
      aheadPieces: 1200,
      aheadMinutes: 40,
    });
  });

  it("[JP3] never expects more than is wanted, and ends when that is made", () => {
    expect(pace({ quantity: 3_000 })).toMatchObject({
      expected: 3000,
      aheadPieces: 0,
      estimatedEndMs: null,
    });
  });

  it("goes by the plan for the first minutes, and not at all without one", () => {
    const begun = { good: 1, produced: [{ fromMs: 0, toMs: minuteMs }], nowMs: minuteMs };
    expect(pace({ ...begun, quantity: 61 }).estimatedEndMs).toBe(2 * minuteMs);
    const rated = { line: "l", units: [], standards: [] };
    expect(pace({ ...begun, rated })).toMatchObject({ expected: null, estimatedEndMs: null });
    expect(pace({ isRunning: false }).estimatedEndMs).toBeNull();
  });

  it("passes over planned downtime that is to come", () => {
    const downtimes = [
      { fromMs: 150, toMs: 200 },
      { fromMs: 90, toMs: 110 },
      { fromMs: 900, toMs: 950 },
    ];
    expect(endAfter(100, 60, downtimes)).toBe(220);
    expect(endAfter(100, 40, downtimes)).toBe(150);
    expect(endAfter(100, 0, [])).toBe(100);
  });
});

const anySpan = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([fromMs, lengthMs]): Span => ({ fromMs, toMs: fromMs + lengthMs }));

it("time without downtime is each instant that no downtime covers", () => {
  fc.assert(
    fc.property(anySpan, fc.array(anySpan, { maxLength: 5 }), (span, gaps) => {
      const left = without([span], gaps);
      for (let atMs = 0; atMs < 90; atMs += 1) {
        const covers = ({ fromMs, toMs }: Span) => fromMs <= atMs && atMs < toMs;
        expect(left.filter(covers)).toHaveLength(covers(span) && !gaps.some(covers) ? 1 : 0);
      }
    }),
  );
});

it("a unit is of the slot that names it, else of the first", () => {
  const slots = [
    { slot: 1, units: [] },
    { slot: 2, units: ["l.b"] },
  ];
  expect(["l.a", "l.b"].map((unit) => slotOfUnit(unit, slots))).toEqual([1, 2]);
});
