import { deadLetter, type DeadLetter } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { readDeadLetters } from "../store/readDeadLetters.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf } from "./window.ts";

const asCsv: CsvTable<DeadLetter> = {
  name: "dead-letters",
  columns: {
    id: ({ id }) => id,
    at: ({ at }) => at,
    source: ({ source }) => source,
    topic: ({ topic }) => topic,
    reason: ({ reason }) => reason,
    detail: ({ detail }) => detail,
    repeats: ({ repeats }) => repeats,
    payload_bytes: ({ payloadBytes }) => payloadBytes,
  },
};

export function deadLetterRoutes(app: ApiApp, { pool }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/dead-letters",
    schema: {
      summary: "Messages that could not be taken, the newest first",
      tags: ["delivery"],
      querystring: z.strictObject({
        limit: limitParameter(50, 500),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(deadLetter) },
    },
    handler: async ({ query }, reply) =>
      answerList(reply, query, asCsv, async ({ limit, cursor }) => {
        const beforeId = positionOf(cursor, /^\d{1,18}$/);
        const rows = await readDeadLetters(pool, { beforeId, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(({ atMs, ...row }) => ({ ...row, at: isoOf(atMs) })),
          ...(last === undefined || rows.length === page.length
            ? {}
            : { nextCursor: cursorFrom(last.id) }),
        };
      }),
  });
}
