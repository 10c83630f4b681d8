import {
  webhookDeadLetter,
  webhookReplay,
  webhookReplayed,
  type WebhookDeadLetterAnswer,
} from "@only-mes/protocols/console/streams";
import { z } from "zod";
import { lockWebhooks, rewindWebhook } from "../store/changeWebhook.ts";
import { readOutboxBounds } from "../store/readOutboxBounds.ts";
import type { Transaction } from "../store/statement.ts";
import { readWebhookDeadLetters, resendWebhookDeadLetters } from "../store/webhookDeadLetters.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { knownWebhook, webhookParameters } from "./webhooks.ts";
import { isoOf } from "./window.ts";

const tags = ["webhooks"];

const columns: CsvTable<WebhookDeadLetterAnswer>["columns"] = {
  sequence: ({ sequence }) => sequence,
  kind: ({ kind }) => kind,
  equipment: ({ equipment }) => equipment,
  at: ({ at }) => at,
  data: ({ data }) => JSON.stringify(data),
  reason: ({ reason }) => reason,
  dead_since: ({ deadSince }) => deadSince,
};

export function webhookDeadLetterRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/webhooks/:id/dead-letters",
    schema: {
      summary: "Events that a receiver has not taken, in the order of their sequences",
      tags,
      params: webhookParameters,
      querystring: z.strictObject({
        limit: limitParameter(50, 500),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(webhookDeadLetter) },
    },
    handler: async ({ params, query }, reply) => {
      const { id: webhook } = await knownWebhook(pool, params.id);
      const table = { name: `${webhook}-dead-letters`, columns };
      return answerList(reply, query, table, async ({ limit, cursor }) => {
        const rows = await readWebhookDeadLetters(pool, {
          webhook,
          afterEvent: Number(positionOf(cursor, /^\d{1,15}$/) ?? 0),
          onlyResend: false,
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(({ id, atMs, deadSinceMs, resend, ...row }) => ({
            sequence: id,
            at: isoOf(atMs),
            deadSince: isoOf(deadSinceMs),
            isResending: resend,
            ...row,
          })),
          ...(last === undefined || rows.length === page.length
            ? {}
            : { nextCursor: cursorFrom(String(last.id)) }),
        };
      });
    },
  });

  app.route({
    method: "POST",
    url: "/webhooks/:id/replay",
    schema: {
      summary: "Sends dead letters, or all events from a sequence on, again",
      tags,
      params: webhookParameters,
      body: webhookReplay,
      response: { 200: webhookReplayed },
    },
    preValidation: changesAllowed(context),
    handler: async ({ headers, body, params }) => {
      const { id } = params;
      const { deadLetters, fromSequence } = body;
      if (deadLetters === undefined && fromSequence === undefined) {
        throw new ApiFailure("replay_of_nothing", undefined, "deadLetters");
      }
      const command = { kind: "webhook.replay", subject: id };
      return changed(context, { headers, body }, command, async ({ tx }) => {
        await lockWebhooks(tx);
        const row = await knownWebhook(tx, id);
        expectVersion(body.expectedVersion, row.version);
        const events = deadLetters === "all" ? undefined : deadLetters;
        const resent =
          deadLetters === undefined
            ? 0
            : await resendWebhookDeadLetters(tx, { webhook: id, events });
        if (fromSequence === undefined) return { deadLetters: resent, sentSequence: row.sentId };
        await requireKept(tx, fromSequence);
        await rewindWebhook(tx, { id, sentId: fromSequence - 1 });
        return { deadLetters: resent, sentSequence: fromSequence - 1 };
      });
    },
  });
}

async function requireKept(tx: Transaction, sequence: number): Promise<void> {
  const { lowestId, highestId } = await readOutboxBounds(tx);
  if (sequence < lowestId || sequence > highestId) {
    throw new ApiFailure(
      "events_forgotten",
      `Kept are ${lowestId} to ${highestId}.`,
      "fromSequence",
    );
  }
}
