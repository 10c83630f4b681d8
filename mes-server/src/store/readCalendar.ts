import type {
  ExceptionDefinition,
  ShiftPatternDefinition,
} from "@only-mes/protocols/console/calendar";
import { dayOf } from "../domain/calendar/days.ts";
import type { Calendar, PatternVersion } from "../domain/calendar/plan-shifts.ts";
import type { Transaction } from "./statement.ts";

/** All that people have set and that holds: of what was said about the same thing, the last word. */
export async function readCalendar(db: Transaction): Promise<Calendar> {
  const patterns = await readShiftPatterns(db);
  const assignments = await readShiftAssignments(db);
  const exceptions = await readCalendarExceptions(db);
  const holidays = await readHolidays(db);
  return {
    patterns: Map.groupBy(patterns, ({ id }) => id),
    assignments: Map.groupBy(
      assignments.map((row) => ({ ...row, from: dayOf(row.from) })),
      ({ equipment }) => equipment,
    ),
    exceptions: new Map(exceptions.map((row) => [`${row.equipment} ${row.date}`, row.definition])),
    holidays: new Map(holidays.map((row) => [`${row.equipment} ${row.date}`, row.name])),
  };
}

/** Every version, in the order in which they were said. */
export async function readShiftPatterns(
  db: Transaction,
): Promise<(PatternVersion & { id: string })[]> {
  const { rows } = await db.query<{
    id: string;
    version: number;
    date: string;
    definition: ShiftPatternDefinition;
  }>(
    `SELECT id, row_number() OVER (PARTITION BY id ORDER BY occurred_at, command)::int AS version,
            from_date::text AS date, definition
       FROM shift_pattern ORDER BY id, version`,
  );
  return rows.map(({ date, ...row }) => ({ ...row, from: dayOf(date) }));
}

export interface ShiftAssignmentRow {
  equipment: string;
  from: string;
  pattern: string | null;
  version: number;
}

export async function readShiftAssignments(db: Transaction): Promise<ShiftAssignmentRow[]> {
  const { rows } = await db.query<ShiftAssignmentRow>(
    `SELECT DISTINCT ON (equipment, from_date) equipment, from_date::text AS "from", pattern,
            count(*) OVER (PARTITION BY equipment, from_date)::int AS version
       FROM shift_assignment ORDER BY equipment, from_date, occurred_at DESC, command DESC`,
  );
  return rows;
}

export interface CalendarExceptionRow {
  equipment: string;
  date: string;
  definition: ExceptionDefinition;
  version: number;
}

export async function readCalendarExceptions(db: Transaction): Promise<CalendarExceptionRow[]> {
  const { rows } = await db.query<CalendarExceptionRow>(
    `SELECT * FROM (
       SELECT DISTINCT ON (date, equipment) equipment, date::text AS date, definition,
              count(*) OVER (PARTITION BY equipment, date)::int AS version
         FROM calendar_exception ORDER BY date, equipment, occurred_at DESC, command DESC) said
      WHERE definition IS NOT NULL ORDER BY date, equipment`,
  );
  return rows;
}

export interface HolidayRow {
  equipment: string;
  date: string;
  name: string;
}

export async function readHolidays(db: Transaction): Promise<HolidayRow[]> {
  const { rows } = await db.query<HolidayRow>(
    `SELECT * FROM (
       SELECT DISTINCT ON (date, equipment) equipment, date::text AS date, name
         FROM holiday ORDER BY date, equipment, occurred_at DESC, command DESC) said
      WHERE name IS NOT NULL ORDER BY date, equipment`,
  );
  return rows;
}
