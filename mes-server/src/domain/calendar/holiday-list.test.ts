import fc from "fast-check";
import { expect, it } from "vitest";
import { readHolidayList } from "./holiday-list.ts";

it("reads lines of a date and a name", () => {
  expect(
    readHolidayList(
      "\uFEFF# Berlin\r\n2026-12-25 Christmas Day\n\n2026-12-26; Boxing Day # second\n",
    ),
  ).toEqual({
    holidays: [
      { date: "2026-12-25", name: "Christmas Day" },
      { date: "2026-12-26", name: "Boxing Day" },
    ],
    problems: [],
  });
});

it("reads whole days of an iCalendar file, folded lines and several days too", () => {
  const ics = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "BEGIN:VEVENT",
    "DTSTART;VALUE=DATE:20261224",
    "DTEND;VALUE=DATE:20261227",
    "SUMMARY:Christmas\\, all of",
    "  it",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "DTSTART;VALUE=DATE:20270101",
    "SUMMARY:New Year",
    "END:VEVENT",
    "END:VCALENDAR",
  ].join("\r\n");
  expect(readHolidayList(ics)).toEqual({
    holidays: [
      { date: "2026-12-24", name: "Christmas, all of it" },
      { date: "2026-12-25", name: "Christmas, all of it" },
      { date: "2026-12-26", name: "Christmas, all of it" },
      { date: "2027-01-01", name: "New Year" },
    ],
    problems: [],
  });
});

it.each([
  ["2026-02-30 Never", "Line 1 does not begin with a date such as 2026-12-25."],
  ["Christmas", "Line 1 does not begin with a date such as 2026-12-25."],
  ["2026-12-25", "Line 1 has no name of 1 to 120 characters after its date."],
  ["# nothing", "There is no holiday in it."],
  [
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nSUMMARY:X\nRRULE:FREQ=YEARLY\nEND:VEVENT",
    'The event of line 2, "X", repeats.',
  ],
  [
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225T080000Z\nSUMMARY:X\nEND:VEVENT",
    'The event of line 2, "X", does not begin with a whole day.',
  ],
  [
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101\nSUMMARY:X\nEND:VEVENT",
    'The event of line 2, "X", lasts longer than 31 days.',
  ],
])("says what is wrong with %j", (text, problem) => {
  expect(readHolidayList(text).problems).toEqual([problem]);
});

it("answers any text with holidays or with problems", () => {
  const part = fc.constantFrom(
    "BEGIN:VCALENDAR\n",
    "BEGIN:VEVENT\n",
    "DTSTART:2026",
    "2026-12-25 ",
    "END:VEVENT\n",
    ":",
    "\n ",
    "x",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
      const { holidays, problems } = readHolidayList(parts.join(""));
      expect(holidays.length + problems.length).toBeGreaterThan(0);
      for (const { date } of holidays) expect(new Date(date).toISOString()).toContain(date);
    }),
    { numRuns: 300 },
  );
});
