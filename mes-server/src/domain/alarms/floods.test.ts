import { describe, expect, it } from "vitest";
import { alarmFigures } from "./alarmFigures.ts";
import { floodsOf, mostWithin } from "./floods.ts";

const minuteMs = 60_000;
const every = (count: number, stepMs: number, fromMs = 0) =>
  Array.from({ length: count }, (_, index) => fromMs + index * stepMs);

describe("an alarm flood", () => {
  it("begins with the eleventh alarm in ten minutes, not with the tenth", () => {
    expect(floodsOf(every(10, 1000), 3 * minuteMs)).toEqual([]);
    expect(floodsOf(every(11, 1000), 3 * minuteMs)).toEqual([
      { fromMs: 10_000, toMs: null, alarms: 11 },
    ]);
    expect(floodsOf(every(11, minuteMs), 30 * minuteMs)).toEqual([]);
  });

  it("ends as soon as the last ten minutes hold fewer than five", () => {
    // Raises at 0 to 10 s: at 10 min 6 s the window holds those of 7 to 10 s.
    expect(floodsOf(every(11, 1000), 30 * minuteMs)).toEqual([
      { fromMs: 10_000, toMs: 10 * minuteMs + 6000, alarms: 11 },
    ]);
    const again = [...every(11, 1000), ...every(11, 1000, 20 * minuteMs)];
    expect(floodsOf(again, 21 * minuteMs).map(({ toMs }) => toMs)).toEqual([
      10 * minuteMs + 6000,
      null,
    ]);
    const goesOn = [...every(11, 1000), ...every(20, 2 * minuteMs, 2 * minuteMs)];
    expect(floodsOf(goesOn, 40 * minuteMs)).toMatchObject([{ toMs: null, alarms: 31 }]);
  });
});

it("counts the most within any minute", () => {
  expect(mostWithin([0, 10, 59_999, 60_000, 60_001], minuteMs)).toBe(4);
  expect(mostWithin([], minuteMs)).toBe(0);
});

it("figures: pooled over lines, with what stands and what chatters", () => {
  const dayMs = 86_400_000;
  const one = (alarm: string, raisedAtMs: number, clearedAtMs: number | null = raisedAtMs + 1) => ({
    alarm,
    line: alarm[0] ?? "",
    priority: "low" as const,
    raisedAtMs,
    clearedAtMs,
  });
  const figures = alarmFigures(
    [
      one("a.old", -dayMs, null),
      one("a.young", 0, null),
      ...[1, 2, 3].map((s) => one("b.bell", s * 1000)),
      one("b.out", 2 * dayMs),
    ],
    { fromMs: 0, toMs: dayMs },
  );
  expect(figures).toMatchObject({
    raised: 4,
    perHour: 4 / 24,
    peakPerTenMinutes: 3,
    byPriority: { low: 4 },
    standing: [{ alarm: "a.old", sinceMs: -dayMs }],
    chattering: [{ alarm: "b.bell", mostPerMinute: 3 }],
    topTen: [
      { alarm: "b.bell", raised: 3, share: 0.75 },
      { alarm: "a.young", raised: 1 },
    ],
    inFloodShare: 0,
  });
});
