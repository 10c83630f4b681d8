import { createHash, randomUUID } from "node:crypto";
import { listOf } from "@only-mes/protocols/console/http";
import {
  webhook as webhookSchema,
  webhookChange,
  webhookCreation,
  webhookId,
  webhookTested,
  type Webhook,
} from "@only-mes/protocols/console/streams";
import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import type { OutgoingEvent } from "@only-mes/protocols/events/outgoing";
import type { Pool } from "pg";
import { z } from "zod";
import {
  deleteWebhook,
  insertWebhook,
  lockWebhooks,
  readWebhookSecret,
  updateWebhook,
} from "../store/changeWebhook.ts";
import { readWebhooks, type WebhookRow } from "../store/readWebhooks.ts";
import { post } from "../streams/webhooks/post.ts";
import { problemOfUrl } from "../streams/webhooks/receiverAddress.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { requireEventKinds } from "./event-kinds.ts";
import { ApiFailure } from "./failure.ts";
import { isoOf } from "./window.ts";

export const webhookParameters = z.strictObject({ id: webhookId });
const tags = ["webhooks"];
const webhooksMax = 100;
const testAnswerMs = 10_000;

export function webhookRoutes(app: ApiApp, context: ApiContext): void {
  const { pool, clock } = context;
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/webhooks",
    schema: {
      summary: "Who is told of events by HTTP, and how that goes",
      tags,
      querystring: z.strictObject({}),
      response: { 200: listOf(webhookSchema) },
    },
    handler: async () => ({ items: (await readWebhooks(pool)).map(webhookAnswer) }),
  });

  app.route({
    method: "GET",
    url: "/webhooks/:id",
    schema: {
      summary: "One webhook, and how it goes",
      tags,
      params: webhookParameters,
      querystring: z.strictObject({}),
      response: { 200: webhookSchema },
    },
    handler: async ({ params }) => webhookAnswer(await knownWebhook(pool, params.id)),
  });

  app.route({
    method: "POST",
    url: "/webhooks",
    schema: {
      summary: "Has events told to a receiver from now on",
      description: "docs/events.md says what is sent, how it is signed, and when it is sent again.",
      tags,
      body: webhookCreation,
      response: { 200: webhookSchema },
    },
    preValidation,
    handler: async ({ headers, body }) => {
      const { id, secret } = body;
      requireReceiver(body);
      const asked = { headers, body: withoutSecret(body) };
      const command = { kind: "webhook.create", subject: id };
      return changed(context, asked, command, async ({ tx, nowMs }) => {
        const count = await lockWebhooks(tx);
        if ((await readWebhooks(tx, id)).length > 0) {
          throw new ApiFailure("webhook_exists", `"${id}"`, "id");
        }
        if (count >= webhooksMax) throw new ApiFailure("webhooks_too_many", `${webhooksMax}`);
        await insertWebhook(tx, { ...body, secret, createdAtMs: nowMs });
        return webhookAnswer(await knownWebhook(tx, id));
      });
    },
  });

  app.route({
    method: "PUT",
    url: "/webhooks/:id",
    schema: {
      summary: "Changes a webhook; what it was failing of is forgotten",
      tags,
      params: webhookParameters,
      body: webhookChange,
      response: { 200: webhookSchema },
    },
    preValidation,
    handler: async ({ headers, body, params }) => {
      const { id } = params;
      requireReceiver(body);
      const asked = { headers, body: withoutSecret(body) };
      const command = { kind: "webhook.change", subject: id };
      return changed(context, asked, command, async ({ tx }) => {
        await lockWebhooks(tx);
        expectVersion(body.expectedVersion, (await knownWebhook(tx, id)).version);
        await updateWebhook(tx, { ...body, id, secret: body.secret });
        return webhookAnswer(await knownWebhook(tx, id));
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/webhooks/:id",
    schema: {
      summary: "Ends a webhook, and throws away its dead letters",
      tags,
      params: webhookParameters,
      body: commandEnvelope,
      response: { 200: webhookSchema },
    },
    preValidation,
    handler: async ({ headers, body, params }) => {
      const { id } = params;
      const command = { kind: "webhook.delete", subject: id };
      return changed(context, { headers, body }, command, async ({ tx }) => {
        await lockWebhooks(tx);
        const row = await knownWebhook(tx, id);
        expectVersion(body.expectedVersion, row.version);
        await deleteWebhook(tx, id);
        return webhookAnswer(row);
      });
    },
  });

  app.route({
    method: "POST",
    url: "/webhooks/:id/test",
    schema: {
      summary: "Sends a `webhook.test` event now, and says what became of it",
      description: "Nothing is changed by it, and it is not tried again.",
      tags,
      params: webhookParameters,
      response: { 200: webhookTested },
    },
    preValidation,
    handler: async ({ params }) => {
      const { id, url } = await knownWebhook(pool, params.id);
      const secret = await readWebhookSecret(pool, id);
      if (secret === undefined) throw new ApiFailure("webhook_unknown", `"${id}"`, "id");
      const event: OutgoingEvent = {
        version: 1,
        sequence: 0,
        kind: "webhook.test",
        equipment: "",
        at: isoOf(clock.now()),
        data: { webhook: id },
      };
      const begunMs = performance.now();
      const { isTaken, status, failure } = await post({
        url,
        secret,
        id: `test-${randomUUID()}`,
        body: JSON.stringify(event),
        sentAtMs: Date.now(),
        timeoutMs: testAnswerMs,
      });
      const durationMs = Math.round(performance.now() - begunMs);
      return { isTaken, status: status ?? null, failure: failure ?? null, durationMs };
    },
  });
}

/** @throws {ApiFailure} if there is none. */
export async function knownWebhook(db: Pick<Pool, "query">, id: string): Promise<WebhookRow> {
  const [row] = await readWebhooks(db, id);
  if (row === undefined) throw new ApiFailure("webhook_unknown", `"${id}"`, "id");
  return row;
}

function requireReceiver({ url, kinds }: { url: string; kinds: readonly string[] }): void {
  const problem = problemOfUrl(url);
  if (problem !== undefined) throw new ApiFailure("webhook_url_refused", problem, "url");
  requireEventKinds(kinds, "kinds");
}

/** Commands are kept for ever and shown: of a secret they hold only what tells it from another one. */
function withoutSecret<Body extends { secret?: string | undefined }>(body: Body): Body {
  if (body.secret === undefined) return body;
  const digest = createHash("sha256").update(body.secret).digest("hex");
  return { ...body, secret: `sha256:${digest.slice(0, 16)}` };
}

function webhookAnswer({
  sentId,
  createdAtMs,
  failingSinceMs,
  deliveredAtMs,
  ...row
}: WebhookRow): Webhook {
  return {
    ...row,
    createdAt: isoOf(createdAtMs),
    sentSequence: sentId,
    failingSince: failingSinceMs === null ? null : isoOf(failingSinceMs),
    deliveredAt: deliveredAtMs === null ? null : isoOf(deliveredAtMs),
  };
}
