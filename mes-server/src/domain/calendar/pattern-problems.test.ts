import { shiftPatternDefinition } from "@only-mes/protocols/console/calendar";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { problemOfPattern } from "./pattern-problems.ts";
import { threeShifts } from "./shift-pattern.ts";

type PatternText = z.input<typeof shiftPatternDefinition>;

function problemOf(pattern: Partial<PatternText>) {
  const parsed = shiftPatternDefinition.parse({
    name: "p",
    shifts: threeShifts.shifts,
    ...pattern,
  });
  return problemOfPattern(parsed);
}

describe("a pattern", () => {
  it("of three shifts around the clock is in order", () => {
    expect(problemOf({})).toBeUndefined();
  });

  it("may have shifts at the same time of different weekdays", () => {
    const shifts = [
      { name: "day", start: "06:00", end: "18:00", weekdays: [1, 2, 3, 4, 5] },
      { name: "short", start: "06:00", end: "12:00", weekdays: [6] },
    ];
    expect(problemOf({ shifts })).toBeUndefined();
  });

  it.each([
    [
      "two shifts of a day",
      [
        { name: "a", start: "06:00", end: "14:00" },
        { name: "b", start: "13:59", end: "20:00" },
      ],
      '"a" still lasts when "b" begins (Thursday).',
    ],
    [
      "a night and the early shift of the next day",
      [
        { name: "night", start: "22:00", end: "06:30" },
        { name: "early", start: "06:00", end: "14:00", weekdays: [1] },
      ],
      '"night" still lasts when "early" begins (Monday).',
    ],
    [
      "a Sunday night and a Monday",
      [
        { name: "night", start: "22:00", end: "06:30", weekdays: [7] },
        { name: "early", start: "06:00", end: "14:00", weekdays: [1] },
      ],
      '"night" still lasts when "early" begins (Monday).',
    ],
  ])("must not have shifts that overlap: %s", (_, shifts, detail) => {
    expect(problemOf({ shifts })).toEqual({
      code: "shifts_overlap",
      detail,
      field: "definition.shifts",
    });
  });

  it("finds an overlap on the one day of a rotation that has it", () => {
    const shifts = [
      { name: "day", start: "06:00", end: "18:00" },
      { name: "long", start: "12:00", end: "24:00" },
    ];
    const crews = [
      { crew: "A", shifts: ["day", "day", null] },
      { crew: "B", shifts: [null, "long", "long"] },
    ];
    expect(
      problemOf({ shifts, rotation: { every: "day", from: "2026-11-02", crews } }),
    ).toMatchObject({
      code: "shifts_overlap",
      detail: '"day" still lasts when "long" begins (2026-11-03).',
    });
  });

  it.each([
    [{ at: "05:50", minutes: 15 }],
    [{ at: "13:50", minutes: 15 }],
    [{ afterMinutes: 479, minutes: 2 }],
    [{ at: "20:00", minutes: 10 }],
  ])("must not have a break outside of its shift: %j", (pause) => {
    const shifts = [{ name: "early", start: "06:00", end: "14:00", breaks: [pause] }];
    expect(problemOf({ shifts })).toMatchObject({
      code: "break_outside_shift",
      field: "definition.shifts.0.breaks.0",
    });
  });

  it("may have a break up to its end, after midnight too", () => {
    const breaks = [
      { at: "23:00", minutes: 10 },
      { at: "05:45", minutes: 15 },
    ];
    const shifts = [{ name: "night", start: "22:00", end: "06:00", breaks }];
    expect(problemOf({ shifts })).toBeUndefined();
  });

  it("must not have breaks that overlap, nor two shifts of one name", () => {
    const breaks = [
      { at: "10:00", minutes: 30 },
      { afterMinutes: 250, minutes: 30 },
    ];
    const early = { name: "early", start: "06:00", end: "14:00", breaks };
    expect(problemOf({ shifts: [early] })).toMatchObject({ code: "breaks_overlap" });
    const other = { name: "a", start: "01:00", end: "02:00" };
    expect(
      problemOf({ shifts: [other, { ...other, start: "03:00", end: "04:00" }] }),
    ).toMatchObject({
      code: "shift_name_twice",
      field: "definition.shifts.1.name",
    });
  });

  it("must be in a zone that there is", () => {
    expect(problemOf({ zone: "Europe/Atlantis" })).toMatchObject({ code: "time_zone_unknown" });
  });

  it.each([
    ["rotation_uneven", [["early"], ["late", "night"]]],
    ["rotation_shift_unknown", [["early"], ["noon"]]],
    ["rotation_crews_collide", [["early"], ["early"]]],
  ])("must have a rotation that adds up: %s", (code, worked) => {
    const crews = worked.map((shifts, index) => ({ crew: `crew ${index}`, shifts }));
    expect(problemOf({ rotation: { every: "week", from: "2026-11-02", crews } })).toMatchObject({
      code,
    });
  });
});
