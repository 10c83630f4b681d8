import {
  alarmOccurrence,
  alarmPriority,
  alarmStatistics,
  type AlarmOccurrence,
} from "@only-mes/protocols/console/alarms";
import { z } from "zod";
import { alarmName } from "../alarms/alarmWords.ts";
import { alarmFigures } from "../domain/alarms/alarmFigures.ts";
import { isHidden } from "../domain/alarms/alarmFold.ts";
import { readAlarmOccurrences, type KeptOccurrence } from "../store/readAlarmOccurrences.ts";
import { isoOrNull, placeOf } from "./alarms.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter } from "./paging.ts";
import { isoOf, windowOf, windowParameters } from "./window.ts";

const daysMax = 92;
const countedMax = 200_000;
const tags = ["alarms"];

/** What happened: occurrences, and the figures that ISA-18.2 judges an alarm system by. */
export function alarmHistoryRoutes(app: ApiApp, { pool, clock }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/alarms/history",
    schema: {
      summary: "Occurrences of alarms that were raised in a range, the last one first",
      tags,
      querystring: z.strictObject({
        ...windowParameters,
        line: z.string().max(64).optional(),
        unit: z.string().max(130).optional(),
        alarm: z.string().max(260).optional(),
        priority: alarmPriority.optional(),
        limit: limitParameter(100, 1000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(alarmOccurrence) },
    },
    handler: async (request, reply) => {
      const { line, unit, alarm, priority } = request.query;
      const window = windowOf(request.query, clock.now(), daysMax);
      return answerList(reply, request.query, occurrenceTable, async ({ limit, cursor }) => {
        const place = placeOf(cursor);
        const rows = await readAlarmOccurrences(pool, {
          ...window,
          line,
          unit,
          alarm,
          priority,
          before: place && { raisedAtMs: place.sinceMs, alarm: place.id },
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const hasMore = last !== undefined && rows.length > page.length;
        return {
          items: page.map(occurrenceAnswer),
          ...(hasMore && { nextCursor: cursorFrom(`${last.raisedAtMs} ${last.alarm}`) }),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/alarms/statistics",
    schema: {
      summary:
        "Rates, floods, standing and chattering alarms, and the ten most frequent (ISA-18.2)",
      description:
        "Of the alarms that operators were told of: neither hidden ones, nor those that came late.",
      tags,
      querystring: z.strictObject({
        ...windowParameters,
        line: z.string().max(64).optional(),
        unit: z.string().max(130).optional(),
      }),
      response: { 200: alarmStatistics },
    },
    handler: async (request) => {
      const { line, unit } = request.query;
      const window = windowOf(request.query, clock.now(), daysMax);
      const rows = await readAlarmOccurrences(pool, {
        ...window,
        line,
        unit,
        reaching: true,
        limit: countedMax + 1,
      });
      if (rows.length > countedMax) {
        throw new ApiFailure("range_too_long", `It holds more than ${countedMax} alarms.`, "from");
      }
      const figures = alarmFigures(rows.filter(isShown), window);
      return {
        ...figures,
        from: isoOf(window.fromMs),
        to: isoOf(window.toMs),
        floods: figures.floods.map(({ fromMs, toMs, ...flood }) => ({
          ...flood,
          from: isoOf(fromMs),
          to: isoOrNull(toMs),
        })),
        standing: figures.standing.map(({ alarm, sinceMs }) => ({ alarm, since: isoOf(sinceMs) })),
      };
    },
  });
}

function isShown({ beforeState, isLate }: KeptOccurrence): boolean {
  return !isHidden(beforeState) && !isLate;
}

function occurrenceAnswer(row: KeptOccurrence): AlarmOccurrence {
  const { alarm, name, level, line, unit, priority, value, acknowledgedBy, comment } = row;
  return {
    alarm,
    name: alarmName(name, level),
    line,
    unit,
    priority,
    raisedAt: isoOf(row.raisedAtMs),
    clearedAt: isoOrNull(row.clearedAtMs),
    value,
    shown: isShown(row),
    late: row.isLate,
    acknowledgedAt: isoOrNull(row.acknowledgedAtMs),
    acknowledgedBy,
    comment,
  };
}

const occurrenceTable: CsvTable<AlarmOccurrence> = {
  name: "alarm-history",
  columns: {
    alarm: ({ alarm }) => alarm,
    name: ({ name }) => name,
    line: ({ line }) => line,
    unit: ({ unit }) => unit,
    priority: ({ priority }) => priority,
    raisedAt: ({ raisedAt }) => raisedAt,
    clearedAt: ({ clearedAt }) => clearedAt,
    value: ({ value }) => value,
    shown: ({ shown }) => shown,
    late: ({ late }) => late,
    acknowledgedAt: ({ acknowledgedAt }) => acknowledgedAt,
    acknowledgedBy: ({ acknowledgedBy }) => acknowledgedBy,
    comment: ({ comment }) => comment,
  },
};
