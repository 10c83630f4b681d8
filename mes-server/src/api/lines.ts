import {
  line as lineSchema,
  listOf,
  stateInterval,
  type Line,
} from "@only-mes/protocols/console/http";
import { z } from "zod";
import { lineStates, pacingUnits, type StateSpan } from "../domain/lines/line-states.ts";
import type { LineBook } from "../live/line-book.ts";
import { readStates } from "../store/readStates.ts";
import { knownLine, loadedBook, type ApiApp, type ApiContext } from "./context.ts";
import { pageWindow, stateParameters, statePage } from "./state-pages.ts";
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
      description: "Clipped to the range, in order of time; `to` is null while a state lasts.",
      tags: ["lines"],
      params: lineParameters,
      querystring: stateParameters,
      response: { 200: listOf(stateInterval) },
    },
    handler: async (request) => {
      const line = knownLine(context, request.params.id);
      const nowMs = context.clock.now();
      const window = pageWindow(request.query, nowMs);
      const rows = await readStates(context.pool, {
        units: pacingUnitIds(line),
        ...window,
        limit: rowsMax,
      });
      const completeToMs = rows.length < rowsMax ? Infinity : rows.at(-1)?.fromMs;
      const byUnit = Map.groupBy(rows, (row) => row.unit);
      const spans = lineStates([...byUnit.values()] satisfies StateSpan[][]);
      return statePage(spans, window, request.query.limit, nowMs, completeToMs);
    },
  });
}

/** In the order of the flow. */
function pacingUnitIds(line: LineBook): string[] {
  return pacingUnits(line.units().map(({ id, definition }) => ({ ...definition, id }))).map(
    ({ id }) => id,
  );
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
