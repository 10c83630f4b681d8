import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Delivery } from "../live/delivery.ts";
import type { SocketsOptions } from "../live/sockets.ts";

const lateAfterMs = 2_000;
const nanosecondsPerSecond = 1e9;

export interface LiveMetrics {
  ofSockets: Pick<SocketsOptions, "onFrame" | "onRefused">;
  watch(delivery: Delivery): void;
}

/** How the live side does: its sockets, frames and late consoles, and the event loop. */
export function liveMetrics(registry: Registry): LiveMetrics {
  const registers = [registry];
  const frames = new Counter({
    name: "only_mes_live_frames_total",
    help: "Frames handed to the sockets of consoles.",
    registers,
  });
  const encodings = new Counter({
    name: "only_mes_live_frame_encodings_total",
    help: "Frames encoded; one encoding may go to many consoles.",
    registers,
  });
  const refused = new Counter({
    name: "only_mes_live_consoles_refused_total",
    help: "Consoles refused at the handshake, by code.",
    labelNames: ["code"],
    registers,
  });
  watchEventLoop(registers);
  return {
    ofSockets: {
      onFrame: (consoles) => {
        encodings.inc();
        frames.inc(consoles);
      },
      onRefused: (code) => refused.inc({ code }),
    },
    watch: (delivery) => {
      gauge(registers, "only_mes_live_consoles", "Connected consoles.", () => delivery.consoles);
      gauge(
        registers,
        "only_mes_live_late_consoles",
        `Consoles that have not answered a frame for ${lateAfterMs / 1000} s.`,
        () => delivery.lateConsoles(lateAfterMs),
      );
    },
  };
}

function watchEventLoop(registers: Registry[]): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  gauge(
    registers,
    "only_mes_event_loop_delay_p99_seconds",
    "99th percentile of the delay of the server's event loop since the last scrape.",
    () => {
      const seconds = delay.percentile(99) / nanosecondsPerSecond;
      delay.reset();
      return seconds;
    },
  );
}

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(read()) });
}
