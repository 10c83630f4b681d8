import type { Pool } from "pg";
import { Counter, Gauge, type Registry } from "prom-client";
import { readStreamLags } from "../store/readStreamLags.ts";

export interface StreamMetrics {
  events(sink: "uns" | "webhooks", outcome: "taken" | "failed" | "dead", count: number): void;
}

/** How the way out does: what was sent, and what waits, asked of the database at each scrape. */
export function streamMetrics(registry: Registry, pool: Pool): StreamMetrics {
  const registers = [registry];
  const events = new Counter({
    name: "only_mes_stream_events_total",
    help: "Events sent on, by what became of them; a failed one is tried again.",
    labelNames: ["sink", "outcome"],
    registers,
  });
  const waiting = new Gauge({
    name: "only_mes_stream_waiting_events",
    help: "Ids of the outbox that a sink has not sent yet.",
    labelNames: ["sink"],
    registers,
    // The other gauge is filled by this one: both come from one statement.
    async collect() {
      const lags = await readStreamLags(pool).catch(() => []);
      waiting.reset();
      lagSeconds.reset();
      for (const { sink, events, seconds } of lags) {
        waiting.set({ sink }, events);
        lagSeconds.set({ sink }, seconds);
      }
    },
  });
  const lagSeconds: Gauge = new Gauge({
    name: "only_mes_stream_lag_seconds",
    help: "How long the oldest event that a sink has not sent has waited, in real time.",
    labelNames: ["sink"],
    registers,
  });
  return {
    events: (sink, outcome, count) => events.inc({ sink, outcome }, count),
  };
}
