import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";

/** Bodies of the calendar: patterns of shifts, where they hold, days that differ, planned downtime. */
const instant = z.iso.datetime().describe("ISO 8601, UTC.");
const businessDate = z.iso
  .date("is not a date such as 2026-11-22")
  .refine((text) => text >= "1990" && text < "2200", "lies outside of 1990 to 2200");
const name = z.string().trim().min(1).max(40);
export const calendarId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "an id is 1 to 64 of a-z, 0-9 and -");
const equipmentId = z.string().min(1).max(256).describe("Enterprise, site, area or line.");

const startTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day is HH:MM, from 00:00 to 23:59");
const endTime = z
  .string()
  .regex(
    /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
    "an end is HH:MM, from 00:00 to 23:59, or 24:00 for midnight",
  );

export const shiftBreakDefinition = z
  .strictObject({
    name: name.default("break"),
    at: startTime.optional().describe("Local time at which it begins."),
    afterMinutes: z
      .int()
      .min(0)
      .max(1440)
      .optional()
      .describe("In place of `at`: minutes of the shift before it."),
    minutes: z.int().min(1).max(1440),
  })
  .refine(
    ({ at, afterMinutes }) => (at === undefined) !== (afterMinutes === undefined),
    "give `at` or `afterMinutes`, one of them",
  );

export const shiftDefinition = z.strictObject({
  name,
  start: startTime.describe("Local time."),
  end: endTime.describe("Local time; one that is not after the start is of the next day."),
  weekdays: z
    .array(z.int().min(1).max(7))
    .min(1)
    .max(7)
    .optional()
    .describe("On which it begins, 1 is Monday; every day if absent."),
  breaks: z.array(shiftBreakDefinition).max(12).default([]),
});

export const shiftRotation = z
  .strictObject({
    every: z.enum(["day", "week"]).describe("How long a step lasts."),
    from: businessDate.describe("First day of the first step, of weeks a Monday as a rule."),
    crews: z
      .array(
        z.strictObject({
          crew: name,
          shifts: z
            .array(name.nullable())
            .min(1)
            .max(366)
            .describe("Its shift in each step, null is off; it begins again after the last."),
        }),
      )
      .min(1)
      .max(26),
  })
  .describe("Which crew works which shift. A shift that no crew works does not take place.");

export const shiftPatternDefinition = z.strictObject({
  name: z.string().trim().min(1).max(120),
  zone: z.string().max(64).optional().describe("IANA; that of the line's site if absent."),
  shifts: z.array(shiftDefinition).min(1).max(24),
  rotation: shiftRotation.optional(),
});

/** On a day that differs. A nearer one stands on what those of the equipment above leave. */
export const exceptionDefinition = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("closed"), note: z.string().max(200).default("") }),
  z.strictObject({
    kind: z.literal("asUsual").describe("As the pattern says, on a holiday too."),
    note: z.string().max(200).default(""),
  }),
  z.strictObject({
    kind: z.literal("extraShift").describe("Besides those of the day."),
    shifts: z
      .array(shiftDefinition.omit({ weekdays: true }))
      .min(1)
      .max(24),
    crew: name.optional(),
    note: z.string().max(200).default(""),
  }),
  z.strictObject({
    kind: z.literal("otherShifts").describe("In place of those of the day."),
    shifts: z
      .array(shiftDefinition.omit({ weekdays: true }))
      .min(1)
      .max(24),
    crew: name.optional(),
    note: z.string().max(200).default(""),
  }),
  z.strictObject({
    kind: z.literal("otherPattern").describe("The day of another pattern."),
    pattern: calendarId,
    note: z.string().max(200).default(""),
  }),
]);

export const plannedDowntimeKinds = [
  "break",
  "maintenance",
  "cleaning",
  "meeting",
  "trial",
  "noDemand",
  "other",
] as const;

export type PlannedDowntimeKind = (typeof plannedDowntimeKinds)[number];

const dryRun = z
  .boolean()
  .default(false)
  .describe("Changes nothing, and answers what would become of it.");

export const shiftPatternWanted = commandEnvelope.extend({
  from: businessDate.describe("First business date of this version."),
  definition: shiftPatternDefinition,
  dryRun,
});

export const shiftAssignmentWanted = commandEnvelope.extend({
  equipment: equipmentId,
  from: businessDate,
  pattern: calendarId.nullable().describe("null: from then on as the equipment above."),
  dryRun,
});

export const calendarExceptionWanted = commandEnvelope.extend({
  equipment: equipmentId,
  date: businessDate,
  definition: exceptionDefinition,
  dryRun,
});

export const calendarExceptionWithdrawn = commandEnvelope.extend({
  equipment: equipmentId,
  date: businessDate,
  dryRun,
});

export const holidaysWanted = commandEnvelope.extend({
  equipment: equipmentId,
  holidays: z
    .array(z.strictObject({ date: businessDate, name: z.string().trim().min(1).max(120) }))
    .min(1)
    .max(1_000)
    .optional(),
  text: z
    .string()
    .min(1)
    .max(60_000)
    .optional()
    .describe(
      "In place of `holidays`: an iCalendar file, or lines such as `2026-12-25 Christmas`.",
    ),
  dryRun,
});

export const holidayWithdrawn = commandEnvelope.extend({
  equipment: equipmentId,
  date: businessDate,
  dryRun,
});

export const shiftsRebuilt = commandEnvelope.extend({
  line: z.string().min(1).max(128),
  from: businessDate.describe("First business date, in the past too."),
  dryRun,
});

export const plannedDowntimeWanted = commandEnvelope.extend({
  equipment: z.string().min(1).max(256).describe("A unit, a line, or what lines belong to."),
  kind: z.enum(plannedDowntimeKinds),
  from: instant,
  to: instant,
  note: z.string().max(500).default(""),
});

export const plannedDowntimeChanged = commandEnvelope.extend({
  kind: z.enum(plannedDowntimeKinds).optional(),
  from: instant.optional(),
  to: instant.optional(),
  note: z.string().max(500).optional(),
});

export const plannedDowntime = z.object({
  id: z.string(),
  equipment: z.string(),
  kind: z.enum(plannedDowntimeKinds),
  from: instant,
  to: instant,
  note: z.string(),
  cancelled: z.boolean(),
  version: z.int().positive(),
});

export const shift = z.object({
  id: z.string().describe("Business date and name, such as `2026-11-22 early`."),
  line: z.string().nullable().describe("null in the preview of a pattern that no line goes by."),
  name: z.string(),
  businessDate: z.string(),
  from: instant,
  to: instant,
  crew: z.string().nullable(),
  pattern: z.string().nullable().describe("null: the three shifts that hold where nothing is set."),
  patternVersion: z.int().nullable(),
  breaks: z.array(z.object({ name: z.string(), from: instant, to: instant })),
});

export const shiftPatternVersion = z.object({
  id: z.string(),
  version: z.int().positive(),
  from: z.string(),
  definition: shiftPatternDefinition,
});

export const shiftAssignment = z.object({
  equipment: z.string(),
  from: z.string(),
  pattern: z.string().nullable(),
  version: z.int().positive(),
});

export const calendarException = z.object({
  equipment: z.string(),
  date: z.string(),
  definition: exceptionDefinition,
  version: z.int().positive(),
});

export const holiday = z.object({ equipment: z.string(), date: z.string(), name: z.string() });

/** What a change of the calendar has done, or would do. */
export const calendarChange = z.object({
  result: z.enum(["changed", "dryRun"]),
  version: z.int().nonnegative().describe("Of what was changed."),
  lines: z.array(
    z.object({
      line: z.string(),
      removed: z.int().describe("Shifts that are no longer, or no longer as they were."),
      added: z.int(),
      pastFrom: instant.nullable().describe("Since when the past differs; null: it does not."),
    }),
  ),
  shifts: z
    .array(shift)
    .optional()
    .describe(
      "Of a dry run: those of the next weeks as they would be, of each line or the pattern.",
    ),
});

export type ShiftPatternDefinition = z.infer<typeof shiftPatternDefinition>;
export type ShiftDefinition = z.infer<typeof shiftDefinition>;
export type ShiftRotation = z.infer<typeof shiftRotation>;
export type ExceptionDefinition = z.infer<typeof exceptionDefinition>;
export type CalendarChange = z.infer<typeof calendarChange>;
export type Shift = z.infer<typeof shift>;
export type PlannedDowntimeAnswer = z.infer<typeof plannedDowntime>;
