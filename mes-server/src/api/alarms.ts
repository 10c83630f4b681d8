import { alarm, alarmPriority, alarmState, type Alarm } from "@only-mes/protocols/console/alarms";
import { z } from "zod";
import { alarmName } from "../alarms/alarmWords.ts";
import { readAlarms, type AlarmRow } from "../store/readAlarms.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf, windowParameters } from "./window.ts";

/** The alarm list of an operator. */
export function alarmRoutes(app: ApiApp, { pool }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/alarms",
    schema: {
      summary:
        "Alarms as they stand, the last changed first; without `state` all that are not normal",
      tags: ["alarms"],
      querystring: z.strictObject({
        state: alarmState.optional(),
        priority: alarmPriority.optional(),
        line: z.string().max(64).optional(),
        unit: z.string().max(130).optional(),
        active: z.enum(["0", "1"]).optional().describe("Whether the condition holds."),
        from: windowParameters.from.describe("Came into their state at or after this time."),
        to: windowParameters.to.describe("Came into their state before this time."),
        limit: limitParameter(100, 1000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(alarm) },
    },
    handler: async (request, reply) => {
      const { state, priority, line, unit, active, from, to } = request.query;
      return answerList(reply, request.query, alarmTable, async ({ limit, cursor }) => {
        const rows = await readAlarms(pool, {
          state,
          priority,
          line,
          unit,
          active: active === undefined ? undefined : active === "1",
          fromMs: from === undefined ? undefined : Date.parse(from),
          toMs: to === undefined ? undefined : Date.parse(to),
          before: placeOf(cursor),
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const hasMore = last !== undefined && rows.length > page.length;
        return {
          items: page.map(alarmAnswer),
          ...(hasMore && { nextCursor: cursorFrom(`${last.sinceMs} ${last.id}`) }),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/alarms/:id",
    schema: {
      summary: "One alarm as it stands",
      tags: ["alarms"],
      params: z.strictObject({ id: z.string().max(260) }),
      response: { 200: alarm },
    },
    handler: async (request) => {
      const { id } = request.params;
      const [row] = await readAlarms(pool, { ids: [id], limit: 1 });
      if (row === undefined) throw new ApiFailure("alarm_unknown", `"${id}"`, "id");
      return alarmAnswer(row);
    },
  });
}

export function alarmAnswer(row: AlarmRow): Alarm {
  const { id, definition, level, line, unit, priority, state, isActive: active } = row;
  const { name, consequence, response } = row.settings;
  return {
    id,
    definition,
    level,
    name: alarmName(name, level),
    line,
    unit,
    priority,
    state,
    since: isoOf(row.sinceMs),
    active,
    raisedAt: isoOrNull(row.raisedAtMs),
    shelvedUntil: isoOrNull(row.shelvedUntilMs),
    consequence,
    response,
  };
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms);
}

/** @throws {ApiFailure} if the cursor is none of this list's. */
export function placeOf(cursor: string | undefined): { sinceMs: number; id: string } | undefined {
  const position = positionOf(cursor, /^-?\d{1,15} \S{1,300}$/);
  if (position === undefined) return undefined;
  const [sinceMs = "", id = ""] = position.split(" ");
  return { sinceMs: Number(sinceMs), id };
}

const alarmTable: CsvTable<Alarm> = {
  name: "alarms",
  columns: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    line: ({ line }) => line,
    unit: ({ unit }) => unit,
    priority: ({ priority }) => priority,
    state: ({ state }) => state,
    since: ({ since }) => since,
    active: ({ active }) => active,
    raisedAt: ({ raisedAt }) => raisedAt,
    shelvedUntil: ({ shelvedUntil }) => shelvedUntil,
    response: ({ response }) => response,
  },
};
