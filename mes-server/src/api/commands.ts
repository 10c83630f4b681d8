import { keptCommand, type KeptCommand } from "@only-mes/protocols/events/command-envelope";
import { z } from "zod";
import { readCommands } from "../store/readCommands.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf, openWindowOf, windowParameters } from "./window.ts";

const asCsv: CsvTable<KeptCommand> = {
  name: "commands",
  columns: {
    id: ({ id }) => id,
    kind: ({ kind }) => kind,
    actor: ({ actor }) => actor,
    occurred_at: ({ occurredAt }) => occurredAt,
    received_at: ({ receivedAt }) => receivedAt,
    subject: ({ subject }) => subject,
    body: ({ body }) => JSON.stringify(body),
  },
};

/** What has been changed, by whom and when: rows of it are only ever added. */
export function commandRoutes(app: ApiApp, { pool }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/commands",
    schema: {
      summary: "Commands that were carried out, the last received first",
      description:
        "The audit of every change. Commands that were refused changed nothing, and are not in it.",
      tags: ["commands"],
      querystring: z.strictObject({
        subject: z.string().min(1).max(250).optional().describe("Id of what was changed."),
        actor: z.string().min(1).max(64).optional(),
        kind: z.string().min(1).max(100).optional().describe("Such as `job.start`, or `job.*`."),
        from: windowParameters.from
          .unwrap()
          .optional()
          .describe("Of when it was received, ISO 8601 in UTC."),
        to: windowParameters.to.unwrap().optional().describe("Not part of the range."),
        limit: limitParameter(50, 500),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(keptCommand) },
    },
    handler: async ({ query }, reply) => {
      const { subject, actor, kind } = query;
      const window = openWindowOf(query);
      return answerList(reply, query, asCsv, async ({ limit, cursor }) => {
        const before = positionAt(cursor);
        const asked = { subject, actor, kind, ...window, before, limit: limit + 1 };
        const rows = await readCommands(pool, asked);
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(({ occurredAtMs, receivedAtMs, ...row }) => ({
            ...row,
            occurredAt: isoOf(occurredAtMs),
            receivedAt: isoOf(receivedAtMs),
          })),
          ...(last === undefined || rows.length === page.length
            ? {}
            : { nextCursor: cursorFrom(`${last.receivedAtMs} ${last.id}`) }),
        };
      });
    },
  });
}

function positionAt(cursor: string | undefined): { receivedAtMs: number; id: string } | undefined {
  const position = positionOf(cursor, /^\d{1,15} [A-Za-z0-9._:-]{8,64}$/);
  if (position === undefined) return undefined;
  const [receivedAt = "", id = ""] = position.split(" ");
  return { receivedAtMs: Number(receivedAt), id };
}
