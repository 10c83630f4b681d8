import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { metricDesigns, type MetricDesign } from "./metric-designs.ts";
import type { GatewayStatus } from "./status.ts";

export interface GatewayMetrics {
  readonly contentType: string;
  /** One scrape: the status is read once for all of it. */
  scrape(): Promise<string>;
}

const prefix = "only_mes_gateway_";

/** Prometheus metrics, read from the status at each scrape. */
export function gatewayMetrics(status: () => GatewayStatus): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let latest: GatewayStatus | undefined;
  for (const design of metricDesigns) addTo(registry, design, () => (latest ??= status()));
  return {
    contentType: registry.contentType,
    async scrape() {
      latest = status();
      return registry.metrics();
    },
  };
}

function addTo(
  registry: Registry,
  { name, help, kind, labels = [], read }: MetricDesign,
  status: () => GatewayStatus,
): void {
  const common = { name: prefix + name, help, labelNames: [...labels], registers: [registry] };
  if (kind === "gauge") {
    void new Gauge({
      ...common,
      collect() {
        // What is not told any more, such as a device that is gone, must not stay as it was.
        this.reset();
        for (const [of, value] of read(status())) this.set(of, value);
      },
    });
    return;
  }
  void new Counter({
    ...common,
    collect() {
      this.reset();
      for (const [of, value] of read(status())) this.inc(of, value);
    },
  });
}
