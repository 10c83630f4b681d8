import {
  shiftPatternDefinition,
  type ExceptionDefinition,
} from "@only-mes/protocols/console/calendar";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { dateOf, dayOf, localTime } from "./days.ts";
import { planShifts, type Calendar, type LinePlace } from "./plan-shifts.ts";
import { threeShifts } from "./shift-pattern.ts";
import type { LineShift } from "./shifts.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

const place: LinePlace = {
  line: "bottling-1",
  zone: "Europe/Berlin",
  belonged: [
    { equipment: "bottling-1", level: "line", fromMs: -Infinity, toMs: Infinity },
    { equipment: "n/lakeside/drinks", level: "area", fromMs: -Infinity, toMs: Infinity },
    { equipment: "n/lakeside", level: "site", fromMs: -Infinity, toMs: Infinity },
  ],
};

function calendarOf(set: Partial<Calendar> = {}): Calendar {
  return {
    patterns: new Map(),
    assignments: new Map(),
    exceptions: new Map(),
    holidays: new Map(),
    ...set,
  };
}

type PatternText = z.input<typeof shiftPatternDefinition>;

function withPattern(definition: PatternText, set: Partial<Calendar> = {}): Calendar {
  return calendarOf({
    patterns: new Map([
      ["p", [{ version: 1, from: 0, definition: shiftPatternDefinition.parse(definition) }]],
    ]),
    assignments: new Map([["n/lakeside", [{ from: 0, pattern: "p" }]]]),
    ...set,
  });
}

function shiftsOf(calendar: Calendar, from: string, days: number, zone = place.zone): LineShift[] {
  const range = { from: dayOf(from), to: dayOf(from) + days };
  return planShifts(calendar, { ...place, zone }, range, localTime()).shifts;
}

const idsOf = (shifts: readonly LineShift[]): string[] => shifts.map(({ id }) => id);
const hoursOf = ({ startMs, endMs }: LineShift): number => (endMs - startMs) / hourMs;

describe("shifts over clock changes", () => {
  it.each([
    ["Europe/Berlin", "2024-03-29", 8],
    ["Europe/Berlin", "2024-03-30", 7],
    ["Europe/Berlin", "2024-03-31", 8],
    ["Europe/Berlin", "2024-10-26", 9],
    ["Europe/Berlin", "2024-10-27", 8],
    ["Australia/Lord_Howe", "2024-10-05", 7.5],
    ["Australia/Lord_Howe", "2025-04-05", 8.5],
    ["Asia/Kathmandu", "2024-03-30", 8],
    ["Pacific/Chatham", "2024-09-28", 7],
    ["Pacific/Chatham", "2025-04-05", 9],
    ["America/New_York", "2024-11-02", 9],
  ])("22:00 to 06:00 in %s of %s lasts %d h", (zone, date, hours) => {
    const night = shiftsOf(calendarOf(), date, 1, zone).find(({ name }) => name === "night");
    expect(night === undefined ? undefined : hoursOf(night)).toBe(hours);
  });

  it("are where the offset of the zone puts them, quarters of an hour included", () => {
    const [kathmandu] = shiftsOf(calendarOf(), "2026-11-23", 1, "Asia/Kathmandu");
    expect(new Date(kathmandu?.startMs ?? 0).toISOString()).toBe("2026-11-23T00:15:00.000Z");
    const [chatham] = shiftsOf(calendarOf(), "2026-11-23", 1, "Pacific/Chatham");
    expect(new Date(chatham?.startMs ?? 0).toISOString()).toBe("2026-11-22T16:15:00.000Z");
  });

  it("begin an hour later where the clocks skip their start, without a gap", () => {
    const odd = withPattern({
      name: "odd",
      shifts: [
        { name: "day", start: "02:30", end: "14:30" },
        { name: "night", start: "14:30", end: "02:30" },
      ],
    });
    const [, night, day] = shiftsOf(odd, "2024-03-30", 2);
    expect(new Date(day?.startMs ?? 0).toISOString()).toBe("2024-03-31T01:30:00.000Z");
    expect(night?.endMs).toBe(day?.startMs);
  });

  it("begin at the first pass of an hour that comes twice, without an overlap", () => {
    const odd = withPattern({
      name: "odd",
      shifts: [
        { name: "day", start: "02:30", end: "14:30" },
        { name: "night", start: "14:30", end: "02:30" },
      ],
    });
    const [, night, day] = shiftsOf(odd, "2024-10-26", 2);
    expect(new Date(day?.startMs ?? 0).toISOString()).toBe("2024-10-27T00:30:00.000Z");
    expect(night?.endMs).toBe(day?.startMs);
    expect(day === undefined ? 0 : hoursOf(day)).toBe(13);
  });

  it("stay apart where a skipped end would come after the next start", () => {
    const odd = withPattern({
      name: "odd",
      shifts: [
        { name: "night", start: "22:00", end: "02:30" },
        { name: "day", start: "03:00", end: "11:00" },
      ],
    });
    const shifts = shiftsOf(odd, "2024-03-30", 2);
    const [night, day] = shifts.slice(1);
    expect(new Date(night?.endMs ?? 0).toISOString()).toBe("2024-03-31T01:00:00.000Z");
    expect(day?.startMs).toBe(night?.endMs);
  });

  it("take 24:00 for the end of the day, also of a day that has 23 hours", () => {
    const day = withPattern({
      name: "day",
      shifts: [{ name: "day", start: "00:00", end: "24:00" }],
    });
    expect(shiftsOf(day, "2024-03-30", 3).map(hoursOf)).toEqual([24, 23, 24]);
    const late = withPattern({
      name: "l",
      shifts: [{ name: "late", start: "16:00", end: "24:00" }],
    });
    expect(shiftsOf(late, "2024-10-27", 1).map(hoursOf)).toEqual([8]);
  });

  it("cover every instant once where a pattern covers the day, and never overlap", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones, "Pacific/Chatham", "America/Sao_Paulo", "Africa/Casablanca"),
        fc.integer({ min: dayOf("2000-01-01"), max: dayOf("2040-01-01") }),
        (zone, day) => {
          const shifts = shiftsOf(calendarOf(), dateOf(day), 5, zone);
          expect(shifts).toHaveLength(15);
          for (const [index, shift] of shifts.slice(1).entries()) {
            expect(shift.startMs).toBe(shifts[index]?.endMs);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("breaks", () => {
  it("lie at local times or some minutes after the start, of the night too", () => {
    const pattern = withPattern({
      name: "night",
      shifts: [
        {
          name: "night",
          start: "22:00",
          end: "06:00",
          breaks: [
            { name: "supper", at: "01:00", minutes: 30 },
            { afterMinutes: 60, minutes: 10 },
          ],
        },
      ],
    });
    const [night] = shiftsOf(pattern, "2026-11-23", 1);
    expect(
      night?.breaks.map(({ name, fromMs, toMs }) => [
        name,
        (fromMs - night.startMs) / minuteMs,
        (toMs - night.startMs) / minuteMs,
      ]),
    ).toEqual([
      ["break", 60, 70],
      ["supper", 180, 210],
    ]);
  });

  it("stay within their shift and apart where an hour is missing", () => {
    const pattern = withPattern({
      name: "night",
      shifts: [
        {
          name: "night",
          start: "22:00",
          end: "06:00",
          breaks: [
            { name: "a", at: "02:15", minutes: 30 },
            { name: "b", at: "03:00", minutes: 30 },
            { name: "c", afterMinutes: 450, minutes: 30 },
          ],
        },
      ],
    });
    const [night] = shiftsOf(pattern, "2024-03-30", 1);
    const breaks = night?.breaks ?? [];
    expect(breaks.map(({ name }) => name)).toEqual(["b", "a"]);
    expect(breaks[1]?.fromMs).toBeGreaterThanOrEqual(breaks[0]?.toMs ?? Infinity);
  });
});

describe("rotations", () => {
  it("turn crews over the shifts week by week", () => {
    const pattern = withPattern({
      name: "three weeks",
      shifts: threeShifts.shifts,
      rotation: {
        every: "week",
        from: "2026-01-05",
        crews: [
          { crew: "A", shifts: ["early", "late", "night"] },
          { crew: "B", shifts: ["late", "night", "early"] },
          { crew: "C", shifts: ["night", "early", "late"] },
        ],
      },
    });
    const crewOf = (date: string) => shiftsOf(pattern, date, 1).map(({ crew }) => crew);
    expect(crewOf("2026-01-05")).toEqual(["A", "B", "C"]);
    expect(crewOf("2026-01-11")).toEqual(["A", "B", "C"]);
    expect(crewOf("2026-01-12")).toEqual(["C", "A", "B"]);
    expect(crewOf("2026-01-26")).toEqual(["A", "B", "C"]);
    expect(crewOf("2026-01-04")).toEqual(["B", "C", "A"]);
  });

  it("of days leave out shifts that nobody works", () => {
    const pattern = withPattern({
      name: "four on, two off",
      shifts: [{ name: "day", start: "07:00", end: "19:00" }],
      rotation: {
        every: "day",
        from: "2026-11-02",
        crews: [{ crew: "A", shifts: ["day", "day", "day", "day", null, null] }],
      },
    });
    expect(idsOf(shiftsOf(pattern, "2026-11-04", 6))).toEqual([
      "2026-11-04 day",
      "2026-11-05 day",
      "2026-11-08 day",
      "2026-11-09 day",
    ]);
  });
});

describe("what holds on a day", () => {
  const weekdays = shiftPatternDefinition.parse({
    name: "weekdays",
    shifts: [{ name: "day", start: "08:00", end: "16:00", weekdays: [1, 2, 3, 4, 5] }],
  });
  const site = "n/lakeside";
  const base = withPattern(weekdays);

  it("leaves the weekend unscheduled", () => {
    expect(idsOf(shiftsOf(base, "2026-11-20", 4))).toEqual(["2026-11-20 day", "2026-11-23 day"]);
  });

  it("is the pattern of the nearest equipment, from its day on, until another one or none", () => {
    const calendar: Calendar = {
      ...base,
      assignments: new Map([
        ["n/lakeside", [{ from: 0, pattern: "p" }]],
        [
          "bottling-1",
          [
            { from: dayOf("2026-11-24"), pattern: "around" },
            { from: dayOf("2026-11-25"), pattern: null },
          ],
        ],
      ]),
      patterns: new Map([
        ...base.patterns,
        ["around", [{ version: 1, from: 0, definition: threeShifts }]],
      ]),
    };
    expect(idsOf(shiftsOf(calendar, "2026-11-23", 3))).toEqual([
      "2026-11-23 day",
      "2026-11-24 early",
      "2026-11-24 late",
      "2026-11-24 night",
      "2026-11-25 day",
    ]);
  });

  it("is the version said last of those that have begun", () => {
    const version = (number: number, from: string, name: string) => ({
      version: number,
      from: dayOf(from),
      definition: shiftPatternDefinition.parse({
        name,
        shifts: [{ name, start: "08:00", end: "16:00" }],
      }),
    });
    const calendar: Calendar = {
      ...base,
      patterns: new Map([
        [
          "p",
          [
            version(1, "2026-01-01", "a"),
            version(2, "2026-11-25", "b"),
            version(3, "2026-11-24", "c"),
          ],
        ],
      ]),
    };
    const shifts = shiftsOf(calendar, "2026-11-23", 3);
    expect(shifts.map(({ name, patternVersion }) => [name, patternVersion])).toEqual([
      ["a", 1],
      ["c", 3],
      ["c", 3],
    ]);
  });

  it("is nothing on a holiday, unless the day is as usual all the same", () => {
    const holidays = new Map([[`${site} 2026-11-23`, "Founders' day"]]);
    expect(shiftsOf({ ...base, holidays }, "2026-11-23", 1)).toEqual([]);
    const exceptions = new Map([["bottling-1 2026-11-23", { kind: "asUsual" as const, note: "" }]]);
    expect(idsOf(shiftsOf({ ...base, holidays, exceptions }, "2026-11-23", 1))).toEqual([
      "2026-11-23 day",
    ]);
  });

  it("has an extra shift besides what those above leave of the day", () => {
    const extra = {
      kind: "extraShift" as const,
      note: "",
      crew: "A",
      shifts: [{ name: "day", start: "17:00", end: "21:00", breaks: [] }],
    };
    const exceptions = new Map<string, ExceptionDefinition>([
      [`${site} 2026-11-21`, extra],
      [`${site} 2026-11-23`, extra],
      ["bottling-1 2026-11-24", extra],
      [`${site} 2026-11-24`, { kind: "closed" as const, note: "" }],
    ]);
    expect(idsOf(shiftsOf({ ...base, exceptions }, "2026-11-21", 4))).toEqual([
      "2026-11-21 day",
      "2026-11-23 day",
      "2026-11-23 day 2",
      "2026-11-24 day",
    ]);
  });

  it("may have other shifts, or be the day of another pattern", () => {
    const exceptions = new Map<string, ExceptionDefinition>([
      [
        `${site} 2026-11-23`,
        {
          kind: "otherShifts" as const,
          note: "",
          shifts: [{ name: "short", start: "08:00", end: "12:00", breaks: [] }],
        },
      ],
      [`${site} 2026-11-24`, { kind: "otherPattern" as const, pattern: "around", note: "" }],
    ]);
    const patterns = new Map([
      ...base.patterns,
      ["around", [{ version: 1, from: 0, definition: threeShifts }]] as const,
    ]);
    expect(idsOf(shiftsOf({ ...base, patterns, exceptions }, "2026-11-23", 2))).toEqual([
      "2026-11-23 short",
      "2026-11-24 early",
      "2026-11-24 late",
      "2026-11-24 night",
    ]);
  });

  it("follows a line that was moved to another area", () => {
    const movedMs = Date.parse("2026-11-24T00:00:00Z");
    const moved: LinePlace = {
      ...place,
      belonged: [
        { equipment: "bottling-1", level: "line", fromMs: -Infinity, toMs: Infinity },
        { equipment: "n/lakeside/a", level: "area", fromMs: -Infinity, toMs: movedMs },
        { equipment: "n/lakeside/b", level: "area", fromMs: movedMs, toMs: Infinity },
      ],
    };
    const calendar = {
      ...base,
      assignments: new Map([["n/lakeside/b", [{ from: 0, pattern: "p" }]]]),
    };
    const days = { from: dayOf("2026-11-23"), to: dayOf("2026-11-25") };
    expect(idsOf(planShifts(calendar, moved, days, localTime()).shifts)).toEqual([
      "2026-11-23 early",
      "2026-11-23 late",
      "2026-11-23 night",
      "2026-11-24 day",
    ]);
  });

  it("cuts a night short where another pattern takes over, and says so", () => {
    const calendar = {
      ...base,
      assignments: new Map([["bottling-1", [{ from: dayOf("2026-11-24"), pattern: "p" }]]]),
      patterns: new Map([
        [
          "p",
          [
            {
              version: 1,
              from: 0,
              definition: shiftPatternDefinition.parse({
                name: "sooner",
                shifts: [{ name: "first", start: "05:00", end: "13:00" }],
              }),
            },
          ],
        ],
      ]),
    };
    const days = { from: dayOf("2026-11-23"), to: dayOf("2026-11-25") };
    const { shifts, cuts } = planShifts(calendar, place, days, localTime());
    const [night, first] = shifts.slice(-2);
    expect(night?.endMs).toBe(first?.startMs);
    expect(cuts.map(({ shift, by }) => [shift.id, by.id])).toEqual([
      ["2026-11-23 night", "2026-11-24 first"],
    ]);
  });
});
