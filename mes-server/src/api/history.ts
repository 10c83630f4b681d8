import { history as historySchema, type HistoryBucket } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { readHistory, type HistoryRow } from "../store/readHistory.ts";
import { knownSignal, type ApiApp, type ApiContext } from "./context.ts";
import { signalParameters } from "./signals.ts";
import { bucketMsFor } from "./buckets.ts";
import { isoOf, slicesOf, windowOf, windowParameters, type Window } from "./window.ts";

const daysMax = 31;
const bucketsMax = 2_000;

export function historyRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/signals/:id/history",
    schema: {
      summary: "What a signal did, decimated to what a trend can draw",
      description:
        "Minimum, maximum, first and last of each bucket. Buckets lie on absolute time, so that they do not move as the range does; a bucket without a good sample has count 0. A status counts as 0 and 1; of a text only the last is answered.",
      tags: ["signals"],
      params: signalParameters,
      querystring: z.strictObject({
        ...windowParameters,
        buckets: z.coerce
          .number({ error: "is not a number" })
          .int("is not a whole number")
          .min(1)
          .max(bucketsMax)
          .default(300)
          .describe("The most buckets of the answer: one for each column of pixels."),
      }),
      response: { 200: historySchema },
    },
    handler: async (request) => {
      const signal = knownSignal(context, request.params.id);
      const window = windowOf(request.query, context.clock.now(), daysMax);
      const bucketMs = bucketMsFor(window, request.query.buckets);
      const whole = wholeBuckets(window, bucketMs);
      const rows = new Map<number, HistoryRow>();
      for (const slice of slicesOf(whole, bucketMs)) {
        const found = await readHistory(context.pool, {
          signal: signal.bound.key,
          ...slice,
          bucketMs,
        });
        for (const row of found) rows.set(row.atMs, row);
      }
      const buckets: HistoryBucket[] = [];
      for (let atMs = whole.fromMs; atMs < whole.toMs; atMs += bucketMs) {
        buckets.push(bucketOf(atMs, rows.get(atMs)));
      }
      return {
        signal: signal.id,
        from: isoOf(window.fromMs),
        to: isoOf(window.toMs),
        bucketMs,
        buckets,
      };
    },
  });
}

function wholeBuckets({ fromMs, toMs }: Window, bucketMs: number): Window {
  return {
    fromMs: Math.floor(fromMs / bucketMs) * bucketMs,
    toMs: Math.ceil(toMs / bucketMs) * bucketMs,
  };
}

function bucketOf(atMs: number, row: HistoryRow | undefined): HistoryBucket {
  const at = isoOf(atMs);
  if (row === undefined) return { at, min: null, max: null, first: null, last: null, count: 0 };
  const { min, max, first, last, lastText, count } = row;
  return { at, min, max, first, last, ...(lastText === null ? {} : { lastText }), count };
}
