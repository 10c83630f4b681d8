import { listOf } from "@only-mes/protocols/console/http";
import { eventKind } from "@only-mes/protocols/console/streams";
import { outgoingEvent, type OutgoingEvent } from "@only-mes/protocols/events/outgoing";
import { z } from "zod";
import { readKeptEvents } from "../store/readKeptEvents.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { eventKindAnswers, requireEventKinds } from "./event-kinds.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf, openWindowOf, windowParameters } from "./window.ts";

const tags = ["events"];

const asCsv: CsvTable<OutgoingEvent> = {
  name: "events",
  columns: {
    sequence: ({ sequence }) => sequence,
    kind: ({ kind }) => kind,
    equipment: ({ equipment }) => equipment,
    at: ({ at }) => at,
    data: ({ data }) => JSON.stringify(data),
  },
};

export function eventRoutes(app: ApiApp, { pool }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/events",
    schema: {
      summary: "Events as they go out, in the order of their sequences",
      description:
        "As long as they are kept (--keep-events-days). Who would rather ask than be told goes on with `nextCursor`, " +
        "or with `after` the last sequence; an event of a long transaction may appear a little behind later ones, so " +
        "webhooks and MQTT are what misses none.",
      tags,
      querystring: z.strictObject({
        kind: z.string().min(1).max(100).optional().describe("A kind, or `<subject>.*`."),
        equipment: z.string().min(1).max(200).optional().describe("With the units of a line."),
        after: z.coerce.number().int().nonnegative().default(0).describe("A sequence."),
        from: windowParameters.from.unwrap().optional().describe("Of `at`, ISO 8601 in UTC."),
        to: windowParameters.to.unwrap().optional().describe("Of `at`, not part of the range."),
        limit: limitParameter(100, 1_000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(outgoingEvent) },
    },
    handler: async ({ query }, reply) => {
      const kinds = kindsOf(query.kind);
      const window = openWindowOf(query);
      return answerList(reply, query, asCsv, async ({ limit, cursor }) => {
        const rows = await readKeptEvents(pool, {
          ...window,
          kinds,
          equipment: query.equipment,
          afterId: Math.max(query.after, Number(positionOf(cursor, /^\d{1,15}$/) ?? 0)),
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(({ id, atMs, ...row }) => ({
            version: 1 as const,
            sequence: id,
            ...row,
            at: isoOf(atMs),
          })),
          ...(last === undefined || rows.length === page.length
            ? {}
            : { nextCursor: cursorFrom(String(last.id)) }),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/event-kinds",
    schema: {
      summary: "Every kind of event, with the JSON schema of its data and an example",
      tags,
      querystring: z.strictObject({}),
      response: { 200: listOf(eventKind) },
    },
    handler: async () => ({ items: eventKindAnswers() }),
  });
}

function kindsOf(kind: string | undefined): string[] | undefined {
  if (kind === undefined) return undefined;
  requireEventKinds([kind], "kind");
  if (!kind.endsWith(".*")) return [kind];
  return eventKindAnswers()
    .map((known) => known.kind)
    .filter((known) => known.startsWith(kind.slice(0, -1)));
}
