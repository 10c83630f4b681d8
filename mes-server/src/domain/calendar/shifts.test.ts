import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shiftPattern, threeShifts } from "./shift-pattern.ts";
import { shiftCalendar } from "./shifts.ts";

const hourMs = 3_600_000;
const berlin = shiftCalendar(threeShifts, "Europe/Berlin");

function hoursOf(businessDate: string, name: string): number {
  const shift = berlin.shiftsOf(businessDate).find((candidate) => candidate.name === name);
  return shift === undefined ? Number.NaN : (shift.endMs - shift.startMs) / hourMs;
}

describe("shifts over clock changes", () => {
  it.each([
    ["2024-03-29", 8],
    ["2024-03-30", 7],
    ["2024-03-31", 8],
    ["2024-10-26", 9],
    ["2024-10-27", 8],
  ])("22:00 to 06:00 in Berlin of %s lasts %i h", (date, hours) => {
    expect(hoursOf(date, "night")).toBe(hours);
  });

  it("knows both passes of the repeated hour as the same night", () => {
    const firstPass = Date.parse("2024-10-27T00:30:00Z");
    const secondPass = Date.parse("2024-10-27T01:30:00Z");
    expect(berlin.shiftAt(firstPass).id).toBe("2024-10-26 night");
    expect(berlin.shiftAt(secondPass).id).toBe("2024-10-26 night");
  });

  it("moves a start that the clocks skip on with the clocks, without a gap", () => {
    const odd = shiftCalendar(
      shiftPattern.parse([
        { name: "day", start: "02:30", end: "14:30" },
        { name: "night", start: "14:30", end: "02:30" },
      ]),
      "Europe/Berlin",
    );
    const start = Date.parse("2024-03-31T01:30:00Z");
    expect(odd.shiftAt(start).id).toBe("2024-03-31 day");
    expect(odd.shiftAt(start - 1).id).toBe("2024-03-30 night");
    expect(odd.shiftAt(start - 1).endMs).toBe(start);
  });
});

describe("the shift of an instant", () => {
  it("belongs to the business date on which the shift began", () => {
    const shift = berlin.shiftAt(Date.parse("2026-11-23T03:00:00Z"));
    expect(shift).toEqual({
      id: "2026-11-22 night",
      name: "night",
      businessDate: "2026-11-22",
      startMs: Date.parse("2026-11-22T21:00:00Z"),
      endMs: Date.parse("2026-11-23T05:00:00Z"),
    });
  });

  it("is one and only one, the end being the start of the next", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.parse("2000-01-01"), max: Date.parse("2040-01-01") }),
        (zone, instantMs) => {
          const calendar = shiftCalendar(threeShifts, zone);
          const shift = calendar.shiftAt(instantMs);
          expect(shift.startMs).toBeLessThanOrEqual(instantMs);
          expect(instantMs).toBeLessThan(shift.endMs);
          expect(calendar.shiftAt(shift.endMs).startMs).toBe(shift.endMs);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses a zone that does not exist", () => {
    expect(() => shiftCalendar(threeShifts, "Europe/Atlantis")).toThrow(RangeError);
  });
});

describe("a pattern of shifts", () => {
  it("must cover the day without a gap", () => {
    const gap = shiftPattern.safeParse([
      { name: "early", start: "06:00", end: "14:00" },
      { name: "night", start: "15:00", end: "06:00" },
    ]);
    expect(gap.error?.issues[0]?.message).toContain('"early" ends at 14:00');
    expect(gap.error?.issues[0]?.path).toEqual([0, "end"]);
  });

  it("must cover the day once", () => {
    const twice = shiftPattern.safeParse([
      { name: "a", start: "06:00", end: "05:00" },
      { name: "b", start: "05:00", end: "04:00" },
      { name: "c", start: "04:00", end: "06:00" },
    ]);
    expect(twice.success).toBe(false);
  });

  it("may be one shift of a whole day", () => {
    const day = shiftCalendar(
      shiftPattern.parse([{ name: "day", start: "00:00", end: "00:00" }]),
      "UTC",
    );
    expect(day.shiftAt(Date.parse("2026-01-01T23:59:59.999Z")).id).toBe("2026-01-01 day");
  });
});
