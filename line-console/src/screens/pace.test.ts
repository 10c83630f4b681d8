import { expect, it } from "vitest";
import { paceOf, paceWord } from "./pace.ts";

const shift = { id: "2026-11-22 early", name: "early", startMs: 0, endMs: 8 * 3_600_000 };
const line = { shift, targetRatePerMinute: 2, target: 240, good: 217 };

it("says how much is missing, and the rate that recovers it by the end of the shift", () => {
  const pace = paceOf(line, 2 * 3_600_000);
  expect(pace).toEqual({ gap: -23, endTarget: 960, neededPerHour: Math.ceil(743 / 6) });
});

it("needs no rate when the line is ahead, or when the shift is all but over", () => {
  expect(paceOf({ ...line, good: 250 }, 2 * 3_600_000)?.neededPerHour).toBeNull();
  expect(paceOf(line, shift.endMs - 30_000)?.neededPerHour).toBeNull();
  expect(paceOf(line, shift.endMs + 30_000)?.endTarget).toBe(240);
});

it("counts on no pieces in the breaks that are still to come", () => {
  const hourMs = 3_600_000;
  const breaks = [
    { startMs: hourMs, endMs: 1.5 * hourMs },
    { startMs: 1.5 * hourMs, endMs: 2.5 * hourMs },
    { startMs: 5 * hourMs, endMs: 5.5 * hourMs },
  ];
  const pace = paceOf({ ...line, shift: { ...shift, breaks } }, 2 * hourMs);
  expect(pace).toEqual({ gap: -23, endTarget: 840, neededPerHour: Math.ceil(623 / 5) });
});

it("has nothing to say without a target", () => {
  expect(paceOf({ shift, good: 5 }, 0)).toBeNull();
});

it.each([
  [-1, 10, "pace.needed"],
  [-1, null, "pace.over"],
  [0, null, "pace.on"],
  [1, null, "pace.ahead"],
] as const)("says of a gap of %i and a needed rate of %s: %s", (gap, neededPerHour, word) => {
  expect(paceWord({ gap, neededPerHour, endTarget: 100 })).toBe(word);
});
