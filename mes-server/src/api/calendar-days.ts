import {
  calendarChange,
  calendarException,
  calendarExceptionWanted,
  calendarExceptionWithdrawn,
  holiday as holidaySchema,
  holidaysWanted,
  holidayWithdrawn,
  type ExceptionDefinition,
} from "@only-mes/protocols/console/calendar";
import { listOf } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { dayOf } from "../domain/calendar/days.ts";
import { readHolidayList, type NamedDate } from "../domain/calendar/holiday-list.ts";
import { problemOfShifts } from "../domain/calendar/pattern-problems.ts";
import { insertCalendarException, insertHolidays } from "../store/insertCalendarFacts.ts";
import { readCalendarExceptions, readHolidays, type HolidayRow } from "../store/readCalendar.ts";
import { changeCalendar, isAbout } from "./calendar-change.ts";
import { changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { pageOf } from "./page-of.ts";
import { cursorParameter, limitParameter } from "./paging.ts";
import { expectPattern, expectPlace } from "./shift-patterns.ts";

const tags = ["calendar"];
const dayFilter = {
  equipment: z.string().min(1).max(256).optional(),
  from: z.iso.date().optional().describe("First date."),
  to: z.iso.date().optional().describe("Last date, not part of the range."),
  limit: limitParameter(200, 1_000),
  cursor: cursorParameter,
};

/** Days that differ: exceptions and holidays. */
export function calendarDayRoutes(app: ApiApp, context: ApiContext): void {
  exceptionRoutes(app, context);
  holidayRoutes(app, context);
}

function exceptionRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/calendar-exceptions",
    schema: {
      summary: "Days that differ from the pattern, in the order of their dates",
      tags,
      querystring: z.strictObject(dayFilter),
      response: { 200: listOf(calendarException) },
    },
    handler: async ({ query }) => {
      const rows = await readCalendarExceptions(context.pool);
      return pageOf(rows.filter(isAskedFor(query)), keyOfDay, query);
    },
  });

  app.route({
    method: "PUT",
    url: "/calendar-exceptions",
    schema: {
      summary: "Lets a business date differ: closed, as usual, an extra shift, other shifts",
      tags,
      body: calendarExceptionWanted,
      response: { 200: calendarChange },
    },
    preValidation,
    handler: async (request) => {
      const { equipment, date, definition, expectedVersion } = request.body;
      checkShifts(definition);
      return changeCalendar(context, request, {
        ...ofDay("calendarException.set", equipment, date),
        dayAlone: date,
        say: async (change, calendar) => {
          await expectPlace(change.tx, equipment);
          if (definition.kind === "otherPattern") {
            expectPattern(calendar, definition.pattern, "definition.pattern");
          }
          const known = await knownException(change.tx, equipment, date);
          expectVersion(expectedVersion, known?.version ?? 0);
          await insertCalendarException(change.tx, change, { equipment, date, definition });
          return (known?.version ?? 0) + 1;
        },
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/calendar-exceptions",
    schema: {
      summary: "Withdraws the exception of a date",
      tags,
      body: calendarExceptionWithdrawn,
      response: { 200: calendarChange },
    },
    preValidation,
    handler: async (request) => {
      const { equipment, date, expectedVersion } = request.body;
      return changeCalendar(context, request, {
        ...ofDay("calendarException.withdraw", equipment, date),
        say: async (change) => {
          const known = await knownException(change.tx, equipment, date);
          if (known === undefined) {
            const which = `${date} at "${equipment}"`;
            throw new ApiFailure("calendar_exception_unknown", which, "date");
          }
          expectVersion(expectedVersion, known.version);
          await insertCalendarException(change.tx, change, { equipment, date, definition: null });
          return known.version + 1;
        },
      });
    },
  });
}

const holidayTable: CsvTable<HolidayRow> = {
  name: "holidays",
  columns: {
    equipment: ({ equipment }) => equipment,
    date: ({ date }) => date,
    name: ({ name }) => name,
  },
};

function holidayRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/holidays",
    schema: {
      summary: "Holidays, in the order of their dates",
      description: "Those of a line are its own and those of area, site and enterprise.",
      tags,
      querystring: z.strictObject({ ...csvParameters, ...dayFilter }),
      response: { 200: listOrCsv(holidaySchema) },
    },
    handler: async ({ query }, reply) => {
      const rows = (await readHolidays(context.pool)).filter(isAskedFor(query));
      return answerList(reply, query, holidayTable, async (page) => pageOf(rows, keyOfDay, page));
    },
  });

  app.route({
    method: "POST",
    url: "/holidays",
    schema: {
      summary: "Adds holidays, from a list or from the text of a file",
      description:
        "A date that is a holiday already gets the new name. Nothing is worked on holidays.",
      tags,
      body: holidaysWanted,
      response: { 200: calendarChange },
    },
    preValidation,
    handler: async (request) => {
      const { equipment } = request.body;
      const holidays = holidaysOf(request.body);
      const days = holidays.map(({ date }) => dayOf(date));
      return changeCalendar(context, request, {
        kind: "holidays.add",
        subject: equipment,
        days: { from: Math.min(...days), to: Math.max(...days) + 1 },
        concerns: isAbout(equipment),
        say: async (change) => {
          await expectPlace(change.tx, equipment);
          await insertHolidays(change.tx, change, { equipment, holidays });
          return 1;
        },
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/holidays",
    schema: {
      summary: "Withdraws a holiday",
      tags,
      body: holidayWithdrawn,
      response: { 200: calendarChange },
    },
    preValidation,
    handler: async (request) => {
      const { equipment, date } = request.body;
      return changeCalendar(context, request, {
        ...ofDay("holiday.withdraw", equipment, date),
        say: async (change, calendar) => {
          if (!calendar.holidays.has(`${equipment} ${date}`)) {
            throw new ApiFailure("holiday_unknown", `${date} at "${equipment}"`, "date");
          }
          const holidays = [{ date, name: null }];
          await insertHolidays(change.tx, change, { equipment, holidays });
          return 0;
        },
      });
    },
  });
}

function ofDay(kind: string, equipment: string, date: string) {
  const day = dayOf(date);
  return {
    kind,
    subject: `${equipment} ${date}`,
    days: { from: day, to: day + 1 },
    concerns: isAbout(equipment),
  };
}

async function knownException(
  tx: Parameters<typeof readCalendarExceptions>[0],
  equipment: string,
  date: string,
) {
  const rows = await readCalendarExceptions(tx);
  return rows.find((row) => row.equipment === equipment && row.date === date);
}

/** @throws {ApiFailure} if the shifts of an exception are not in order among themselves. */
function checkShifts(definition: ExceptionDefinition): void {
  if (!("shifts" in definition)) return;
  const problem = problemOfShifts(definition.shifts);
  if (problem !== undefined) throw new ApiFailure(problem.code, problem.detail, problem.field);
}

/** Each date once, by the last name given to it. */
function holidaysOf({
  holidays,
  text,
}: {
  holidays?: NamedDate[] | undefined;
  text?: string | undefined;
}): NamedDate[] {
  if ((holidays === undefined) === (text === undefined)) {
    throw new ApiFailure("holidays_missing", undefined, "holidays");
  }
  const list = text === undefined ? { holidays, problems: [] } : readHolidayList(text);
  if (list.problems.length > 0) {
    throw new ApiFailure("holiday_list_invalid", list.problems[0], "text", list.problems);
  }
  return [...new Map((list.holidays ?? []).map((each) => [each.date, each])).values()];
}

interface OfDay {
  equipment: string;
  date: string;
}

function isAskedFor({
  equipment,
  from,
  to,
}: { [K in "equipment" | "from" | "to"]?: string | undefined }) {
  return (row: OfDay): boolean =>
    (equipment === undefined || row.equipment === equipment) &&
    (from === undefined || row.date >= from) &&
    (to === undefined || row.date < to);
}

function keyOfDay({ date, equipment }: OfDay): string {
  return `${date} ${equipment}`;
}
