import type { Metric } from "@only-mes/protocols/sparkplug/payload";
import { nodeMetrics, NodeMetricsTold } from "./node-metrics.ts";
import type { GatewayStatus } from "./status.ts";

export interface NodeReporterOptions {
  readonly status: () => GatewayStatus;
  /** NDATA. @returns whether it went out. */
  readonly tell: (metrics: readonly Metric[]) => boolean;
  /** Plant time. */
  readonly now: () => number;
  /** In milliseconds of this machine. */
  readonly everyMs: number;
}

/** Tells the host how the gateway fares: a few times a minute, and only what is different. */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  readonly #told = new NodeMetricsTold();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
  }

  /** For NBIRTH. */
  birth(): Metric[] {
    const metrics = this.#metrics();
    this.#told.born(metrics);
    return metrics;
  }

  start(): void {
    this.#timer = setInterval(() => this.report(), this.#options.everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  report(): void {
    const news = this.#told.news(this.#metrics());
    if (news.length > 0) this.#options.tell(news);
  }

  #metrics(): Metric[] {
    return nodeMetrics(this.#options.status(), this.#options.now());
  }
}
