import { listOf } from "@only-mes/protocols/console/http";
import { lossClass, stop, stopEdit, type StopItem } from "@only-mes/protocols/console/stops";
import { z } from "zod";
import type { Stop } from "../domain/stops/stop.ts";
import { readStopEditChain } from "../store/readStopEditChain.ts";
import { readStopEditPage } from "../store/readStopEditPage.ts";
import { readStopInputs } from "../store/readStopInputs.ts";
import { knownLine, knownUnit, loadedBook, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type ListPage } from "./csv.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { editAnswer, stopAnswer, stopsIn, stopsTable } from "./stop-answers.ts";
import { windowOf, windowParameters, type Window } from "./window.ts";

const daysMax = 92;
const dayMs = 86_400_000;
const flag = z.enum(["true", "false"]).optional();

const stopParameters = z.strictObject({
  ...windowParameters,
  line: z.string().min(1).max(128).optional().describe("Stops of this line as a whole."),
  unit: z.string().min(1).max(200).optional().describe("Stops of this unit."),
  units: flag.describe("true: with a line, or with neither, also those of its units."),
  reason: z.string().max(64).optional().describe("Code of the reason tree."),
  lossClass: lossClass.optional(),
  assigned: flag.describe("false: only those that nobody and nothing has put down to a reason."),
  microstop: flag,
  open: flag.describe("true: only those that last."),
  minDuration: z.coerce
    .number()
    .min(0)
    .optional()
    .describe("Seconds that it stood still, at least."),
  knownAt: windowParameters.to.describe("As it was believed at this instant; now if absent."),
  limit: limitParameter(200, 1_000),
  cursor: cursorParameter,
  ...csvParameters,
});

type StopQuery = z.infer<typeof stopParameters>;

export function stopRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/stops",
    schema: {
      summary: "Stops of lines or units, the newest first",
      description:
        "Whole ones that lie in the range or reach into it. With neither `line` nor `unit`: of every line.",
      tags: ["stops"],
      querystring: stopParameters,
      response: { 200: listOrCsv(stop) },
    },
    handler: async (request, reply) => {
      const { query } = request;
      const nowMs = context.clock.now();
      const window = windowOf(query, nowMs, daysMax);
      const equipment = equipmentOf(context, query);
      return answerList(reply, query, stopsTable, (page) =>
        stopPage(context, { query, window, equipment, nowMs }, page),
      );
    },
  });

  app.route({
    method: "GET",
    url: "/stops/edits",
    schema: {
      summary: "What was said about stops, the newest first: their audit",
      description: "Edits that were made in the range, undone ones and undos with them.",
      tags: ["stops"],
      querystring: z.strictObject({
        ...windowParameters,
        equipment: z
          .string()
          .min(1)
          .max(200)
          .optional()
          .describe("A line with its units, or a unit."),
        limit: limitParameter(100, 1_000),
        cursor: cursorParameter,
      }),
      response: { 200: listOf(stopEdit) },
    },
    handler: async ({ query: { equipment, limit, cursor, ...range } }) => {
      // A command that is taken now has been made by the end of this very millisecond.
      const window = windowOf(range, context.clock.now() + 1, daysMax);
      const position = positionOf(cursor, /^\d{1,15} \S{1,64}$/)?.split(" ");
      const after = position && { knownAtMs: Number(position[0]), id: position[1] ?? "" };
      const rows = await readStopEditPage(context.pool, {
        equipment,
        ...window,
        after,
        limit: limit + 1,
      });
      const items = [];
      for (const edit of rows.slice(0, limit)) {
        items.push(editAnswer(edit, await readStopEditChain(context.pool, edit.id)));
      }
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return {
        items,
        ...(last && { nextCursor: cursorFrom(`${last.knownAtMs} ${last.id}`) }),
      };
    },
  });
}

function equipmentOf(context: ApiContext, { line, unit, units }: StopQuery): string[] {
  const lines =
    line !== undefined
      ? [knownLine(context, line)]
      : unit === undefined
        ? loadedBook(context).lines()
        : [];
  return [
    ...(unit === undefined ? [] : [knownUnit(context, unit).id]),
    ...lines.flatMap((of) => [of.id, ...(units === "true" ? of.units().map(({ id }) => id) : [])]),
  ];
}

/**
 * One page, read a day of beginnings at a time from the newest on: a long range never keeps the database
 * from the commits for long. A stop belongs to the day of its begin, or to the first day of the range.
 */
async function stopPage(
  { pool }: ApiContext,
  asked: { query: StopQuery; window: Window; equipment: readonly string[]; nowMs: number },
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ListPage<StopItem>> {
  const { query, window, equipment, nowMs } = asked;
  const knownAtMs = query.knownAt === undefined ? undefined : Date.parse(query.knownAt);
  const after = positionOf(cursor, /^-?\d{1,15} \S{1,200}$/);
  const beforeMs = after === undefined ? window.toMs : Number(after.split(" ")[0]) + 1;
  const items: StopItem[] = [];
  for (const slice of slicesBackwards(window.fromMs, Math.min(window.toMs, beforeMs))) {
    const inputs = await readStopInputs(pool, { equipment, ...slice, knownAtMs });
    const found: { stop: Stop; item: StopItem }[] = [];
    for (const of of inputs.values()) {
      for (const one of stopsIn(of, slice)) {
        if (one.fromMs < slice.fromMs && slice.fromMs > window.fromMs) continue;
        if (after !== undefined && !comesAfter(one, after)) continue;
        const item = stopAnswer(one, of, nowMs);
        if (isAsked(item, query)) found.push({ stop: one, item });
      }
    }
    found.sort((a, b) => (comesAfter(b.stop, positionOfStop(a.stop)) ? -1 : 1));
    for (const { stop: one, item } of found) {
      items.push(item);
      if (items.length === limit) return { items, nextCursor: cursorFrom(positionOfStop(one)) };
    }
  }
  return { items };
}

function* slicesBackwards(fromMs: number, toMs: number): Generator<Window> {
  for (let endMs = toMs; endMs > fromMs; endMs -= dayMs) {
    yield { fromMs: Math.max(fromMs, endMs - dayMs), toMs: endMs };
  }
}

function positionOfStop({ fromMs, equipment }: Stop): string {
  return `${fromMs} ${equipment}`;
}

/** The newest first; of one instant, by equipment. */
function comesAfter({ fromMs, equipment }: Stop, position: string): boolean {
  const space = position.indexOf(" ");
  const atMs = Number(position.slice(0, space));
  return fromMs < atMs || (fromMs === atMs && equipment > position.slice(space + 1));
}

function isAsked(item: StopItem, query: StopQuery): boolean {
  const is = (wanted: "true" | "false" | undefined, value: boolean): boolean =>
    wanted === undefined || (wanted === "true") === value;
  return (
    is(query.open, item.to === null) &&
    is(query.microstop, item.isMicrostop) &&
    is(query.assigned, item.lossClass !== "unassigned") &&
    (query.reason === undefined || item.reason?.code === query.reason) &&
    (query.lossClass === undefined || item.lossClass === query.lossClass) &&
    (query.minDuration === undefined || item.durationMs >= query.minDuration * 1000)
  );
}
