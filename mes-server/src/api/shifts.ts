import {
  calendarChange,
  shift as shiftSchema,
  shiftsRebuilt,
  type Shift,
} from "@only-mes/protocols/console/calendar";
import { z } from "zod";
import { dayOf } from "../domain/calendar/days.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import { changeCalendar, shiftAnswer } from "./calendar-change.ts";
import { changesAllowed } from "./change.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { pageOf } from "./page-of.ts";
import { cursorParameter, limitParameter } from "./paging.ts";
import { comingWindow, windowParameters } from "./window.ts";

const tags = ["calendar"];
const daysMax = 400;
const comingMs = 7 * 86_400_000;

const shiftTable: CsvTable<Shift> = {
  name: "shifts",
  columns: {
    line: ({ line }) => line,
    id: ({ id }) => id,
    businessDate: ({ businessDate }) => businessDate,
    name: ({ name }) => name,
    from: ({ from }) => from,
    to: ({ to }) => to,
    crew: ({ crew }) => crew,
    pattern: ({ pattern }) => pattern,
    patternVersion: ({ patternVersion }) => patternVersion,
    breaks: ({ breaks }) => breaks.map(({ from, to }) => `${from}/${to}`).join(" "),
  },
};

/** Shifts as they are materialised. */
export function shiftRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/shifts",
    schema: {
      summary: "Shifts of a line, with their crews and breaks",
      description:
        "Whole ones that lie in the range or reach into it, in order of time; without a range, those of the next " +
        "seven days. What lies between them is unscheduled.",
      tags,
      querystring: z.strictObject({
        ...csvParameters,
        line: z.string().min(1).max(128),
        ...windowParameters,
        limit: limitParameter(200, 1_500),
        cursor: cursorParameter,
      }),
      response: { 200: listOrCsv(shiftSchema) },
    },
    handler: async ({ query }, reply) => {
      const { id: line } = knownLine(context, query.line, "line");
      const window = comingWindow(query, context.clock.now(), { comingMs, daysMax });
      const shifts = await readShiftInstances(context.pool, { line, ...window });
      const items = shifts.map((shift) => shiftAnswer(line, shift));
      return answerList(reply, query, shiftTable, async (page) =>
        pageOf(items, ({ from }) => from, page),
      );
    },
  });

  app.route({
    method: "POST",
    url: "/shifts/rebuild",
    schema: {
      summary: "Materialises shifts of a line again, those of the past too",
      description:
        "By the calendar, the rules of the time zone and the plant model as they are now. By itself, only what is " +
        "to come follows new rules of a zone, or a line that was moved.",
      tags,
      body: shiftsRebuilt,
      response: { 200: calendarChange },
    },
    preValidation: changesAllowed(context),
    handler: async (request) => {
      const { line, from } = request.body;
      knownLine(context, line, "line");
      return changeCalendar(context, request, {
        kind: "shifts.rebuild",
        subject: line,
        days: { from: dayOf(from), to: Infinity },
        concerns: (place) => place.line === line,
        say: async () => 0,
      });
    },
  });
}
