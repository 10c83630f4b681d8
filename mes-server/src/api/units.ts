import {
  counts as countsSchema,
  unit as unitSchema,
  type Counts,
  type StateInterval,
  type Unit,
} from "@only-mes/protocols/console/http";
import { unitStateInterval } from "@only-mes/protocols/console/stops";
import { z } from "zod";
import { mayFollow } from "../domain/states/packml.ts";
import type { UnitBook } from "../live/unit-book.ts";
import { readCounts, type CountSum } from "../store/readCounts.ts";
import { readStates } from "../store/readStates.ts";
import { answerList, listOrCsv } from "./csv.ts";
import { knownUnit, type ApiApp, type ApiContext } from "./context.ts";
import { pageWindow, stateParameters, statePage, stateTable } from "./state-pages.ts";
import { isoOf, slicesOf, windowOf, windowParameters } from "./window.ts";

const unitParameters = z.strictObject({ id: z.string().min(1).max(200) });
const unitStateParameters = stateParameters.extend({
  knownAt: windowParameters.to.describe(
    "As it was believed at this instant, before later samples corrected it; now if absent.",
  ),
});
const countDaysMax = 31;

export function unitRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/units/:id",
    schema: {
      summary: "One unit, as it is now",
      tags: ["units"],
      params: unitParameters,
      querystring: z.strictObject({}),
      response: { 200: unitSchema },
    },
    handler: async (request) => unitAnswer(knownUnit(context, request.params.id)),
  });

  app.route({
    method: "GET",
    url: "/units/:id/states",
    schema: {
      summary: "States of a unit",
      description: "Clipped to the range, in order of time; `to` is null while a state lasts.",
      tags: ["units"],
      params: unitParameters,
      querystring: unitStateParameters,
      response: { 200: listOrCsv(unitStateInterval) },
    },
    handler: async ({ params, query }, reply) => {
      const unit = knownUnit(context, params.id);
      const nowMs = context.clock.now();
      const { from, to, knownAt } = query;
      return answerList(reply, query, stateTable(unit.id), async ({ limit, cursor }) => {
        const window = pageWindow({ from, to, cursor }, nowMs);
        const rows = await readStates(context.pool, {
          units: [unit.id],
          ...window,
          limit: limit + 1,
          knownAtMs: knownAt === undefined ? undefined : Date.parse(knownAt),
        });
        const page = statePage(rows, window, limit, nowMs);
        return { ...page, items: page.items.map(withSurprise) };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/units/:id/counts",
    schema: {
      summary: "Pieces of a unit in a range",
      tags: ["units"],
      params: unitParameters,
      querystring: z.strictObject(windowParameters),
      response: { 200: countsSchema },
    },
    handler: async (request) => {
      const unit = knownUnit(context, request.params.id);
      const window = windowOf(request.query, context.clock.now(), countDaysMax);
      const sums: CountSum[] = [];
      for (const slice of slicesOf(window)) {
        sums.push(...(await readCounts(context.pool, { units: [unit.id], ...slice })));
      }
      return countsOf(sums);
    },
  });
}

/** Marks a state that PackML does not lead to from the one before it. */
function withSurprise(
  item: StateInterval,
  index: number,
  items: readonly StateInterval[],
): z.infer<typeof unitStateInterval> {
  const before = items[index - 1];
  if (before === undefined || before.to !== item.from) return item;
  return mayFollow(before.state, item.state) ? item : { ...item, isUnexpected: true };
}

export function unitAnswer(unit: UnitBook): Unit {
  return {
    id: unit.id,
    name: unit.definition.name,
    line: unit.line.id,
    position: unit.definition.position,
    state: unit.state,
    stateSince: isoOf(unit.stateSinceMs),
  };
}

function countsOf(sums: readonly CountSum[]): Counts {
  const pieces = (role: CountSum["role"]): number =>
    sums.reduce((sum, row) => (row.role === role ? sum + row.pieces : sum), 0);
  const events = (kind: CountSum["kind"]): number =>
    sums.reduce((sum, row) => (row.kind === kind ? sum + row.events : sum), 0);
  return {
    good: pieces("goodCount"),
    scrap: pieces("scrapCount"),
    rework: pieces("reworkCount"),
    rollovers: events("rollover"),
    resets: events("reset"),
    quarantined: events("quarantined"),
  };
}
