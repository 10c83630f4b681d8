import {
  calendarChange,
  calendarId,
  shiftAssignment,
  shiftAssignmentWanted,
  shiftPatternVersion,
  shiftPatternWanted,
} from "@only-mes/protocols/console/calendar";
import { listOf } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { dateOf, dayOf } from "../domain/calendar/days.ts";
import { problemOfPattern } from "../domain/calendar/pattern-problems.ts";
import type { Calendar } from "../domain/calendar/plan-shifts.ts";
import { insertShiftAssignment, insertShiftPattern } from "../store/insertCalendarFacts.ts";
import { isPlaceOfShifts } from "../store/isPlaceOfShifts.ts";
import { readShiftAssignments, readShiftPatterns } from "../store/readCalendar.ts";
import type { PlacedLine } from "../store/readLinePlaces.ts";
import type { Transaction } from "../store/statement.ts";
import { changeCalendar, isAbout } from "./calendar-change.ts";
import { changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { pageOf } from "./page-of.ts";
import { cursorParameter, limitParameter } from "./paging.ts";

const tags = ["calendar"];
const idParameters = z.strictObject({ id: calendarId });
const paging = { limit: limitParameter(100, 500), cursor: cursorParameter };
const bodyBytesMax = 200_000;

/** Patterns of shifts, and where they hold. */
export function shiftPatternRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/shift-patterns",
    schema: {
      summary: "Shift patterns, each as it was said last",
      tags,
      querystring: z.strictObject(paging),
      response: { 200: listOf(shiftPatternVersion) },
    },
    handler: async ({ query }) => {
      const newest = new Map((await readShiftPatterns(context.pool)).map((row) => [row.id, row]));
      return pageOf([...newest.values()].map(patternAnswer), ({ id }) => id, query);
    },
  });

  app.route({
    method: "GET",
    url: "/shift-patterns/:id",
    schema: {
      summary: "Versions of a shift pattern, in the order in which they were said",
      description: "On a day the last one of those holds whose `from` has come.",
      tags,
      params: idParameters,
      querystring: z.strictObject(paging),
      response: { 200: listOf(shiftPatternVersion) },
    },
    handler: async ({ params, query }) => {
      const rows = await readShiftPatterns(context.pool);
      const versions = rows.filter(({ id }) => id === params.id).map(patternAnswer);
      if (versions.length === 0) throw unknownPattern(params.id, "id");
      return pageOf(versions, ({ version }) => String(version).padStart(9, "0"), query);
    },
  });

  app.route({
    method: "PUT",
    url: "/shift-patterns/:id",
    bodyLimit: bodyBytesMax,
    schema: {
      summary: "Sets a shift pattern from a business date on",
      description:
        "Shifts of every line that goes by it are materialised again from that date on, in the past too; " +
        "`dryRun` answers what would change, and the shifts of the next four weeks.",
      tags,
      params: idParameters,
      body: shiftPatternWanted,
      response: { 200: calendarChange },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      const { from, definition, expectedVersion } = request.body;
      const problem = problemOfPattern(definition);
      if (problem !== undefined) {
        throw new ApiFailure(problem.code, problem.detail, problem.field);
      }
      return changeCalendar(context, request, {
        kind: "shiftPattern.set",
        subject: id,
        days: { from: dayOf(from), to: Infinity },
        pattern: id,
        concerns: (place, calendar) => goesBy(place, calendar, id),
        say: async (change, { patterns }) => {
          const known = patterns.get(id)?.length ?? 0;
          expectVersion(expectedVersion, known);
          await insertShiftPattern(change.tx, change, { id, from, definition });
          return known + 1;
        },
      });
    },
  });

  app.route({
    method: "GET",
    url: "/shift-assignments",
    schema: {
      summary: "Which pattern holds where, and from which date on",
      description:
        "The nearest one of line, area, site and enterprise holds; without any, three shifts.",
      tags,
      querystring: z.strictObject({ ...paging, equipment: z.string().min(1).max(256).optional() }),
      response: { 200: listOf(shiftAssignment) },
    },
    handler: async ({ query }) => {
      const rows = await readShiftAssignments(context.pool);
      const asked = rows.filter((row) => (query.equipment ?? row.equipment) === row.equipment);
      return pageOf(asked, ({ equipment, from }) => `${equipment} ${from}`, query);
    },
  });

  app.route({
    method: "PUT",
    url: "/shift-assignments",
    schema: {
      summary:
        "Lets a pattern hold at a line, an area, a site or an enterprise from a business date on",
      tags,
      body: shiftAssignmentWanted,
      response: { 200: calendarChange },
    },
    preValidation,
    handler: async (request) => {
      const { equipment, from, pattern, expectedVersion } = request.body;
      return changeCalendar(context, request, {
        kind: "shiftAssignment.set",
        subject: equipment,
        days: { from: dayOf(from), to: Infinity },
        concerns: isAbout(equipment),
        say: async (change, calendar) => {
          await expectPlace(change.tx, equipment);
          if (pattern !== null) expectPattern(calendar, pattern, "pattern");
          const rows = await readShiftAssignments(change.tx);
          const known = rows.find((row) => row.equipment === equipment && row.from === from);
          expectVersion(expectedVersion, known?.version ?? 0);
          await insertShiftAssignment(change.tx, change, { equipment, from, pattern });
          return (known?.version ?? 0) + 1;
        },
      });
    },
  });
}

/** @throws {ApiFailure} if shifts cannot be set there. */
export async function expectPlace(tx: Transaction, equipment: string): Promise<void> {
  if (!(await isPlaceOfShifts(tx, equipment))) {
    throw new ApiFailure("equipment_unknown", `"${equipment}"`, "equipment");
  }
}

/** @throws {ApiFailure} if there is none. */
export function expectPattern({ patterns }: Calendar, id: string, field: string): void {
  if (!patterns.has(id)) throw unknownPattern(id, field);
}

function unknownPattern(id: string, field: string): ApiFailure {
  return new ApiFailure("shift_pattern_unknown", `"${id}"`, field);
}

/** Whether a pattern was ever assigned to what a line belongs to, or is that of a day of it. */
function goesBy({ belonged }: PlacedLine, calendar: Calendar, pattern: string): boolean {
  const isOf = (key: string): boolean =>
    belonged.some(({ equipment }) => key === equipment || key.startsWith(`${equipment} `));
  return (
    calendar.assignments
      .entries()
      .some(([key, assigned]) => isOf(key) && assigned.some((each) => each.pattern === pattern)) ||
    calendar.exceptions
      .entries()
      .some(
        ([key, exception]) =>
          exception.kind === "otherPattern" && exception.pattern === pattern && isOf(key),
      )
  );
}

function patternAnswer<Row extends { from: number }>(row: Row) {
  return { ...row, from: dateOf(row.from) };
}
