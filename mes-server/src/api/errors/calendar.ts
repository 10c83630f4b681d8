import type { ErrorTable } from "./table.ts";

/** Errors of shifts, of days that differ, and of planned downtime. */
export const calendarErrors = {
  shifts_overlap: {
    status: 422,
    what: "Two shifts would be on at the same time.",
    action: "End the one before the other begins, or leave one of them out on that day.",
  },
  shift_name_twice: {
    status: 422,
    what: "Two shifts have the same name, which is what tells those of a day apart.",
    action: "Give each shift a name of its own.",
  },
  break_outside_shift: {
    status: 422,
    what: "A break does not lie within its shift.",
    action: "Move the break, shorten it, or give it to the shift that is on then.",
  },
  breaks_overlap: {
    status: 422,
    what: "Two breaks of a shift are at the same time.",
    action: "Move one of them, or make one of both.",
  },
  rotation_uneven: {
    status: 422,
    what: "The crews of a rotation do not have the same number of steps.",
    action: "Give each crew an entry for each step; null where it is off.",
  },
  rotation_shift_unknown: {
    status: 422,
    what: "A rotation names a shift that the pattern does not have.",
    action: "Use the names under `shifts`, or null where a crew is off.",
  },
  rotation_crews_collide: {
    status: 422,
    what: "Two crews work the same shift in one step of a rotation.",
    action: "Leave one of them off in that step, or give the shift a second name for it.",
  },
  time_zone_unknown: {
    status: 422,
    what: "No time zone of this name is known.",
    action: "Use a name of the IANA database such as Europe/Berlin, or leave it out.",
  },
  shift_pattern_unknown: {
    status: 404,
    what: "No shift pattern of this id is known.",
    action: "Look the id up under /api/v1/shift-patterns, or create it there with PUT.",
  },
  calendar_exception_unknown: {
    status: 404,
    what: "This day has no exception at this equipment.",
    action: "Look under /api/v1/calendar-exceptions; one of an area or site is withdrawn there.",
  },
  holiday_unknown: {
    status: 404,
    what: "This day is no holiday of this equipment.",
    action: "Look under /api/v1/holidays; one of an area or site is withdrawn there.",
  },
  holidays_missing: {
    status: 400,
    what: "Holidays come as `holidays` or as `text`, and exactly one of them was not sent.",
    action: "Send a list under `holidays`, or the text of a file under `text`.",
  },
  holiday_list_invalid: {
    status: 422,
    what: "A list of holidays cannot be read; nothing was taken from it.",
    action:
      "Correct each of `problems`. An event of an iCalendar file that repeats has to be written out.",
  },
  planned_downtime_unknown: {
    status: 404,
    what: "No planned downtime of this id is known.",
    action: "Look the id up under /api/v1/planned-downtimes.",
  },
  planned_downtime_cancelled: {
    status: 409,
    what: "The planned downtime was cancelled, and is no longer changed.",
    action: "Plan a new one.",
  },
  planned_downtime_reversed: {
    status: 422,
    what: "A planned downtime would end before it begins.",
    action: "Send a `to` that is after `from`, both in UTC.",
  },
  planned_downtime_too_long: {
    status: 422,
    what: "A planned downtime would last longer than 92 days.",
    action: "Plan several, or close the days with exceptions or a pattern.",
  },
} as const satisfies ErrorTable;
