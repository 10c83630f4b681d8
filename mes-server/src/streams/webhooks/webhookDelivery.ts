import type { Pool } from "pg";
import type { Logger } from "pino";
import {
  deleteWebhookDeadLetter,
  endWebhookResend,
  readWebhookDeadLetters,
} from "../../store/webhookDeadLetters.ts";
import { disableWebhook } from "../../store/disableWebhook.ts";
import { giveUpWebhookEvents } from "../../store/giveUpWebhookEvents.ts";
import { noteWebhookFailure, noteWebhookSent } from "../../store/noteWebhookOutcome.ts";
import { readDueWebhooks, type DueWebhook } from "../../store/readDueWebhooks.ts";
import { readOutboxEvents, type OutboxRow } from "../../store/readOutboxEvents.ts";
import { backOffMs } from "../backOff.ts";
import type { EquipmentPaths } from "../equipmentPaths.ts";
import { outgoingEventOf } from "../outgoingEventOf.ts";
import { wants } from "./filter.ts";
import { post, type Posted } from "./post.ts";

/** Sends events to the receivers of webhooks: to each in order, one at a time, and beside each other. */
export interface WebhookDelivery {
  /** Begins what is due; does not wait for any receiver. */
  turn(horizonId: number, paths: EquipmentPaths): Promise<void>;
  /** Settles when nothing is on its way. */
  idle(): Promise<void>;
  /** Breaks off what is on its way: it is sent again by whoever goes on. */
  close(): Promise<void>;
}

export interface WebhookDeliveryParts {
  pool: Pool;
  log: Logger;
  /** Real time: receivers live in it. */
  realNow: () => number;
  random: () => number;
  onOutcome: (outcome: "taken" | "failed" | "dead", events: number) => void;
  times?: Partial<WebhookTimes>;
}

interface WebhookTimes {
  /** Of one attempt. */
  answerMs: number;
  retryMinMs: number;
  retryMaxMs: number;
  /** How long an event is tried, before it is put away. */
  giveUpMs: number;
  /** How long a receiver may fail, before nothing is sent to it any more. */
  disableMs: number;
}

const hourMs = 3_600_000;
const defaultTimes: WebhookTimes = {
  answerMs: 10_000,
  retryMinMs: 1_000,
  retryMaxMs: 300_000,
  giveUpMs: 24 * hourMs,
  disableMs: 7 * 24 * hourMs,
};
const eventsAtOnce = 100;
/** What is wrong with a message does not get better: it is tried so often, and then put away. */
const refusalsMax = 3;
const messageRefused: ReadonlySet<number | undefined> = new Set([400, 413, 415, 422]);

interface Sending {
  version: number;
  notBeforeMs: number;
  running: Promise<void> | undefined;
  /** How often the event at the head was refused as such. */
  refused: { event: number; times: number };
}

export function webhookDelivery(parts: WebhookDeliveryParts): WebhookDelivery {
  const { pool, log, realNow, onOutcome } = parts;
  const times = { ...defaultTimes, ...parts.times };
  const sendings = new Map<string, Sending>();
  const closing = new AbortController();

  const sendingOf = ({ id, version }: DueWebhook): Sending => {
    const known = sendings.get(id);
    if (known?.running !== undefined) return known;
    if (known?.version === version) return known;
    const begun = {
      version,
      notBeforeMs: 0,
      running: undefined,
      refused: { event: 0, times: 0 },
    };
    sendings.set(id, begun);
    return begun;
  };

  const send = async (
    webhook: DueWebhook,
    event: Omit<OutboxRow, "recordedAtMs">,
  ): Promise<Posted> => {
    const posted = await post({
      url: webhook.url,
      secret: webhook.secret,
      id: `event-${event.id}`,
      body: JSON.stringify(outgoingEventOf({ ...event, recordedAtMs: 0 })),
      sentAtMs: realNow(),
      timeoutMs: times.answerMs,
      signal: closing.signal,
    });
    if (!closing.signal.aborted) onOutcome(posted.isTaken ? "taken" : "failed", 1);
    return posted;
  };

  /** Answers whether to go on behind it. */
  const failed = async (
    webhook: DueWebhook,
    sending: Sending,
    { failure = "", status }: Posted,
    waiting: readonly OutboxRow[],
  ): Promise<boolean> => {
    const nowMs = realNow();
    const { id, version } = webhook;
    const [event] = waiting;
    if (event === undefined) return false;
    await noteWebhookFailure(pool, { id, version, failure, atMs: nowMs });
    webhook.failures += 1;
    webhook.failingSinceMs ??= nowMs;
    const { refused } = sending;
    const refusals = messageRefused.has(status)
      ? (refused.event === event.id ? refused.times : 0) + 1
      : 0;
    sending.refused = { event: event.id, times: refusals };
    const retryMs = { minMs: times.retryMinMs, maxMs: times.retryMaxMs };
    sending.notBeforeMs = nowMs + backOffMs(webhook.failures, retryMs, parts.random);
    const since = webhook.failingSinceMs;
    const tooOld = waiting.filter(
      ({ recordedAtMs }) => nowMs - Math.max(since, recordedAtMs) >= times.giveUpMs,
    );
    const givenUp = tooOld.length > 0 ? tooOld : refusals >= refusalsMax ? [event] : [];
    const last = givenUp.at(-1);
    if (last === undefined) return false;
    log.warn({ webhook: id, events: givenUp.length, failure }, "a webhook's events are given up");
    const reason = { id, version, reason: failure, nowMs };
    if (!(await giveUpWebhookEvents(pool, reason, givenUp, last.id))) return false;
    onOutcome("dead", givenUp.length);
    if (nowMs - since >= times.disableMs) {
      const days = Math.floor(times.disableMs / (24 * hourMs));
      await disableWebhook(pool, {
        id,
        version,
        reason: `Disabled, as it has failed for ${days} days: ${failure}`,
      });
      return false;
    }
    return refusals >= refusalsMax;
  };

  /** Dead letters that somebody wants sent again; the first that fails ends it for all of them. */
  const resend = async (webhook: DueWebhook): Promise<void> => {
    let afterEvent = 0;
    for (;;) {
      const page = { webhook: webhook.id, afterEvent, onlyResend: true, limit: eventsAtOnce };
      const letters = await readWebhookDeadLetters(pool, page);
      if (letters.length === 0) return;
      for (const letter of letters) {
        const { isTaken, failure = "" } = await send(webhook, letter);
        if (closing.signal.aborted) return;
        if (!isTaken) {
          await endWebhookResend(pool, { webhook: webhook.id, reason: failure });
          return;
        }
        await deleteWebhookDeadLetter(pool, { webhook: webhook.id, event: letter.id });
        afterEvent = letter.id;
      }
    }
  };

  const sendNew = async (
    webhook: DueWebhook,
    sending: Sending,
    horizonId: number,
    paths: EquipmentPaths,
  ): Promise<void> => {
    const { id, version } = webhook;
    while (webhook.sentId < horizonId && !closing.signal.aborted) {
      const range = { afterId: webhook.sentId, toId: horizonId, limit: eventsAtOnce };
      const rows = await readOutboxEvents(pool, range);
      const wanted = rows.filter((row) => wants(webhook, row, paths));
      for (const [place, event] of wanted.entries()) {
        const posted = await send(webhook, event);
        if (closing.signal.aborted) return;
        if (posted.isTaken) {
          webhook.failures = 0;
          webhook.failingSinceMs = null;
          const sent = { id, version, sentId: event.id, isTaken: true, atMs: realNow() };
          if (!(await noteWebhookSent(pool, sent))) return;
        } else if (!(await failed(webhook, sending, posted, wanted.slice(place)))) return;
      }
      webhook.sentId = rows.length < eventsAtOnce ? horizonId : (rows.at(-1)?.id ?? horizonId);
      const done = { id, version, sentId: webhook.sentId, isTaken: false, atMs: realNow() };
      if (!(await noteWebhookSent(pool, done))) return;
    }
  };

  const run = async (
    webhook: DueWebhook,
    sending: Sending,
    horizonId: number,
    paths: EquipmentPaths,
  ): Promise<void> => {
    try {
      if (webhook.hasResend) await resend(webhook);
      await sendNew(webhook, sending, horizonId, paths);
    } catch (error) {
      sending.notBeforeMs = realNow() + times.retryMinMs;
      if (!closing.signal.aborted) log.warn({ err: error, webhook: webhook.id }, "a webhook waits");
    }
  };

  return {
    async turn(horizonId, paths) {
      for (const webhook of await readDueWebhooks(pool, horizonId)) {
        const sending = sendingOf(webhook);
        if (closing.signal.aborted) return;
        if (sending.running !== undefined || realNow() < sending.notBeforeMs) continue;
        sending.running = run(webhook, sending, horizonId, paths).finally(() => {
          sending.running = undefined;
        });
      }
    },
    async idle() {
      await Promise.all([...sendings.values()].map(async ({ running }) => running));
    },
    async close() {
      closing.abort();
      await this.idle();
    },
  };
}
