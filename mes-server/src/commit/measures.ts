import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Metrics of the way from intake to commit. */
export type Measures = ReturnType<typeof createMeasures>;

const latencyBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600];

export function createMeasures(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `only_mes_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Histogram({
      name: `only_mes_${name}`,
      help,
      labelNames,
      registers,
      buckets: latencyBuckets,
    });
  return {
    samples: counter("samples_committed_total", "Samples committed."),
    batches: counter("batches_committed_total", "Transactions with samples committed."),
    commitSeconds: histogram("commit_seconds", "Duration of a transaction."),
    laneSeconds: histogram("lane_seconds", "Duration of decoding and folding a batch.", ["lane"]),
    latencySeconds: histogram(
      "end_to_end_seconds",
      "From the gateway's time of the newest sample of a batch to its commit, in real seconds.",
    ),
    queuedSamples: new Gauge({
      name: "only_mes_queued_samples",
      help: "Samples that wait for their lane.",
      labelNames: ["lane"],
      registers,
    }),
    commitFaults: counter("commit_faults_total", "Transactions that failed.", ["fault"]),
    duplicates: counter("duplicate_messages_total", "Messages that had been committed before."),
    dropped: counter("dropped_messages_total", "Messages not taken for want of room.", ["resent"]),
    gaps: counter("sequence_gaps_total", "Gaps in the Sparkplug sequence of a node."),
    rebirths: counter("rebirth_requests_total", "Rebirths asked for.", ["reason"]),
    deadLetters: counter("dead_letters_total", "Inputs that were refused.", ["reason"]),
    dirtyWindows: new Gauge({
      name: "only_mes_dirty_windows",
      help: "Signals with late samples that have not been folded yet.",
      labelNames: ["lane"],
      registers,
    }),
    refolds: counter("refolds_total", "Windows of late samples folded again."),
    rollovers: counter(
      "counter_rollovers_total",
      "Counters that began at zero after their maximum.",
    ),
    resets: counter("counter_resets_total", "Counters that were set to zero."),
    quarantined: counter("counter_quarantined_total", "Implausible readings of counters."),
    laneRestarts: counter("lane_loads_total", "Times a lane took up its last committed state.", [
      "cause",
    ]),
  };
}
