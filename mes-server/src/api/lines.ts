import {
  line as lineSchema,
  listOf,
  type Line,
  type StateInterval,
} from "@only-mes/protocols/console/http";
import { lineStateInterval } from "@only-mes/protocols/console/stops";
import { z } from "zod";
import {
  bottleneckOf,
  lineStatesByRules,
  type LineRule,
  type UnitSpans,
} from "../domain/lines/line-rule.ts";
import { waitsByRules } from "../domain/lines/line-waits.ts";
import { explanationsFrom, explanationsOfWaits } from "../domain/stops/explanations.ts";
import { productionOfState } from "../domain/stops/standstills.ts";
import type { LineBook } from "../live/line-book.ts";
import { readLineRules } from "../store/readLineRules.ts";
import { readStates, type StateRow } from "../store/readStates.ts";
import { answerList, listOrCsv } from "./csv.ts";
import { knownLine, loadedBook, type ApiApp, type ApiContext } from "./context.ts";
import { pageWindow, stateParameters, statePage, stateTable } from "./state-pages.ts";
import { unitAnswer } from "./units.ts";
import { isoOf } from "./window.ts";

const lineParameters = z.strictObject({ id: z.string().min(1).max(128) });
/** Rows of one statement; the spans of a line are made of those of its units. */
const rowsMax = 5_000;

export function lineRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/lines",
    schema: {
      summary: "Every line, as it is now",
      tags: ["lines"],
      querystring: z.strictObject({}),
      response: { 200: listOf(lineSchema) },
    },
    handler: async () => {
      const book = loadedBook(context);
      return { items: book.lines().map((line) => lineAnswer(line, context)) };
    },
  });

  app.route({
    method: "GET",
    url: "/lines/:id",
    schema: {
      summary: "One line, as it is now",
      tags: ["lines"],
      params: lineParameters,
      querystring: z.strictObject({}),
      response: { 200: lineSchema },
    },
    handler: async (request) => lineAnswer(knownLine(context, request.params.id), context),
  });

  app.route({
    method: "GET",
    url: "/lines/:id/states",
    schema: {
      summary: "States of a line, from those of the units that pace it",
      description:
        "Clipped to the range, in order of time; `to` is null while a state lasts. What makes it: /lines/:id/rules.",
      tags: ["lines"],
      params: lineParameters,
      querystring: stateParameters,
      response: { 200: listOrCsv(lineStateInterval) },
    },
    handler: async ({ params, query }, reply) => {
      const line = knownLine(context, params.id);
      const nowMs = context.clock.now();
      const { from, to } = query;
      const rules = await readLineRules(context.pool, line.id, 0, Infinity);
      return answerList(reply, query, stateTable(line.id), async ({ limit, cursor }) => {
        const window = pageWindow({ from, to, cursor }, nowMs);
        const rows = await readStates(context.pool, {
          units: line.units().map(({ id }) => id),
          ...window,
          limit: rowsMax,
        });
        const completeToMs = rows.length < rowsMax ? Infinity : rows.at(-1)?.fromMs;
        const units = unitSpans(line, rows);
        const spans = lineStatesByRules(units, rules);
        const page = statePage(spans, window, limit, nowMs, completeToMs);
        const causeOf = waitingOf(units, rules);
        return { ...page, items: page.items.map((item) => ({ ...item, ...causeOf(item) })) };
      });
    },
  });
}

/** In the order of the flow. */
function unitSpans(line: LineBook, rows: readonly StateRow[]): UnitSpans[] {
  const byUnit = Map.groupBy(rows, (row) => row.unit);
  return line.units().map(({ id, definition: { position, pacesLine } }) => ({
    id,
    position,
    pacesLine,
    spans: byUnit.get(id) ?? [],
  }));
}

/** What the machines that make the line's state waited for when a state of it began. */
function waitingOf(
  units: readonly UnitSpans[],
  rules: readonly LineRule[],
): (item: StateInterval) => { cause?: "starved" | "blocked" } {
  const waits = waitsByRules(units, rules);
  return ({ state, from, to }) => {
    if (productionOfState[state] !== "stands") return {};
    const fromMs = Date.parse(from);
    const rule = rules.findLast((one) => one.fromMs <= fromMs);
    const ids = new Set(rule && bottleneckOf(units, rule).map(({ id }) => id));
    const own = explanationsOfWaits(waits.filter(({ unit }) => ids.has(unit)));
    const toMs = to === null ? Infinity : Date.parse(to);
    const cause = explanationsFrom({ fromMs, toMs }, own)[0]?.cause?.lossClass;
    return cause === "starved" || cause === "blocked" ? { cause } : {};
  };
}

function lineAnswer(line: LineBook, context: ApiContext): Line {
  const picture = context.live.book.linePicture(line);
  const { shift } = picture;
  return {
    id: line.id,
    name: picture.name,
    enterprise: line.definition.enterprise,
    site: picture.site,
    area: picture.area,
    state: picture.state,
    stateSince: isoOf(picture.stateSinceMs),
    stale: picture.stale,
    shift: {
      id: shift.id,
      name: shift.name,
      from: isoOf(shift.startMs),
      to: isoOf(shift.endMs),
      ...(shift.unscheduled === true && { unscheduled: true as const }),
    },
    good: picture.good,
    scrap: picture.scrap,
    target: picture.target,
    ratePerMinute: picture.ratePerMinute,
    idealRatePerMinute: picture.idealRatePerMinute,
    targetRatePerMinute: picture.targetRatePerMinute,
    lastSampleAt: picture.lastSampleAtMs === 0 ? null : isoOf(picture.lastSampleAtMs),
    units: line.units().map(unitAnswer),
  };
}
