import {
  kpiAdjustment,
  kpiAnswer,
  waterfallAnswer,
  type KpiAdjustment,
} from "@only-mes/protocols/console/kpis";
import { z } from "zod";
import { groupings } from "../domain/kpi/grouping.ts";
import { timesOf } from "../domain/kpi/kpis.ts";
import { piecesOfCalendar, waterfallOf } from "../domain/kpi/waterfall.ts";
import { readTally, type TallyAnswer } from "../kpi/readTally.ts";
import { readAdjustmentList, type ListedAdjustment } from "../store/readAdjustmentList.ts";
import { readEquipmentLevel } from "../store/readEquipmentLevel.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { kpiBodyOf, kpiCsv, kpiItemOf } from "./kpi-items.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf, windowOf, windowParameters } from "./window.ts";

const id = z.string().min(1).max(200);

const rangeParameters = {
  equipment: id.describe(
    "A unit, a line, or an area, site or enterprise: those are their lines, pooled.",
  ),
  ...windowParameters,
  shift: id.optional().describe("Only this shift, such as `2026-11-22 night`."),
  crew: id.optional(),
  job: id.optional(),
  order: id.optional(),
  product: id.optional(),
};

const kpiParameters = z.strictObject({
  ...rangeParameters,
  by: z
    .enum(groupings)
    .optional()
    .describe(
      "One item for each; `day` is the business date. equipment: units of a line, else lines.",
    ),
  ...csvParameters,
});

const daysMax = 366;
/** With an item for each hour. */
const hourlyDaysMax = 92;
const tags = ["kpis"];

export function kpiRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/kpis",
    schema: {
      summary: "KPIs of ISO 22400 of any equipment, time and part of the production",
      description:
        "Sums are pooled, ratios never averaged and never capped (docs/kpis.md). What is later than now is left out.",
      tags,
      querystring: kpiParameters,
      response: {
        200: {
          description: "KPIs with all that they are made of; or the items as CSV.",
          content: {
            "application/json": { schema: kpiAnswer },
            "text/csv": { schema: z.string() },
          },
        },
      },
    },
    handler: async ({ query }, reply) => {
      const { found, range } = await tallyOf(context, query);
      const answer = {
        equipment: query.equipment,
        ...range,
        recalculating: found.recalculating,
        total: kpiBodyOf(found.total),
        items: query.by === undefined ? [] : found.groups.map(kpiItemOf),
        ...(found.adjustments !== undefined && { adjustments: kpiBodyOf(found.adjustments) }),
      };
      const rows = query.by === undefined ? found.groups.map(kpiItemOf) : answer.items;
      return answerList(reply, query, kpiCsv, async () =>
        query.format === "json" ? answer : { items: rows },
      ) as Promise<typeof answer>;
    },
  });

  app.route({
    method: "GET",
    url: "/kpis/waterfall",
    schema: {
      summary: "Where the calendar time went, down to what was fully productive",
      tags,
      querystring: z.strictObject(rangeParameters),
      response: { 200: waterfallAnswer },
    },
    handler: async ({ query }) => {
      const { found, range } = await tallyOf(context, query);
      const steps = waterfallOf(found.total);
      const { kpis, flags } = kpiBodyOf(found.total);
      return {
        equipment: query.equipment,
        ...range,
        recalculating: found.recalculating,
        calendarMs: timesOf(found.total).calendarMs,
        calendarPieces: piecesOfCalendar(steps),
        steps,
        kpis,
        flags,
      };
    },
  });

  app.route({
    method: "GET",
    url: "/kpis/adjustments",
    schema: {
      summary:
        "What closed periods would show otherwise by the facts as known now, the newest first",
      tags,
      querystring: z.strictObject({
        equipment: id.optional().describe("A unit, or a line with its units."),
        ...windowParameters,
        limit: limitParameter(100, 1_000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(kpiAdjustment) },
    },
    handler: async ({ query }, reply) => {
      const window = windowOf(query, context.clock.now(), daysMax);
      return answerList(reply, query, adjustmentCsv, async ({ limit, cursor }) => {
        const beforeId = positionOf(cursor, /^\d{1,18}$/);
        const rows = await readAdjustmentList(context.pool, {
          equipment: query.equipment,
          ...window,
          beforeId,
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(adjustmentOf),
          ...(last === undefined || rows.length === page.length
            ? {}
            : { nextCursor: cursorFrom(last.id) }),
        };
      });
    },
  });
}

type RangeQuery = z.infer<ReturnType<typeof z.strictObject<typeof rangeParameters>>> & {
  by?: (typeof groupings)[number] | undefined;
};

async function tallyOf(
  context: ApiContext,
  query: RangeQuery,
): Promise<{ found: TallyAnswer; range: { from: string; to: string } }> {
  const { equipment, by, shift, crew, job, order, product } = query;
  const window = windowOf(query, context.clock.now(), by === "hour" ? hourlyDaysMax : daysMax);
  const level = await readEquipmentLevel(context.pool, equipment);
  if (level === undefined) throw new ApiFailure("equipment_unknown", `"${equipment}"`, "equipment");
  if (level === "cell") throw new ApiFailure("equipment_without_kpis", equipment, "equipment");
  const filter = { shift, crew, job, order, product };
  const found = await readTally(context, { equipment, ...window, filter, by });
  return { found, range: { from: isoOf(window.fromMs), to: isoOf(window.toMs) } };
}

function adjustmentOf(row: ListedAdjustment): KpiAdjustment {
  const { tally } = row;
  return {
    id: row.id,
    knownAt: isoOf(row.knownAtMs),
    cause: row.cause,
    line: row.line,
    equipment: row.equipment,
    hour: isoOf(row.fromMs),
    shift: row.shift ?? null,
    job: row.job ?? null,
    product: row.product ?? null,
    pieces: { good: tally.goodPieces, scrap: tally.scrapPieces, rework: tally.reworkPieces },
    aptMs: tally.aptMs,
    plannedBusyMs: timesOf(tally).pbtMs,
  };
}

const adjustmentCsv: CsvTable<KpiAdjustment> = {
  name: "kpi-adjustments",
  columns: {
    id: ({ id: number }) => number,
    known_at: ({ knownAt }) => knownAt,
    cause: ({ cause }) => cause,
    line: ({ line }) => line,
    equipment: ({ equipment }) => equipment,
    hour: ({ hour }) => hour,
    shift: ({ shift }) => shift,
    job: ({ job }) => job,
    product: ({ product }) => product,
    good_pieces: ({ pieces }) => pieces.good,
    scrap_pieces: ({ pieces }) => pieces.scrap,
    rework_pieces: ({ pieces }) => pieces.rework,
    apt_ms: ({ aptMs }) => aptMs,
    pbt_ms: ({ plannedBusyMs }) => plannedBusyMs,
  },
};
