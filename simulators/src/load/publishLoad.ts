import { setTimeout as delay } from "node:timers/promises";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { startLoadNode, type LoadNode } from "./load-node.ts";

/**
 * A load of Sparkplug edge nodes on a broker, as a gateway would make it: delivered until it is
 * acknowledged after commit. For measuring; it holds no outbox on disk.
 */
export interface LoadOptions {
  mqttUrl: string;
  edgeNodes: number;
  signalsPerNode: number;
  samplesPerMessage: number;
  /** Messages of one edge node that may be unacknowledged. */
  window: number;
  /** In all. */
  samples: number;
  /** In all; as fast as they are acknowledged if absent. */
  samplesPerSecond?: number;
  /** Sparkplug group, and the beginning of the names of nodes and lines. */
  group?: string;
  hostId?: string;
  /** Time of the samples. */
  now?: () => number;
  /** Gives up when nothing was acknowledged for so long. */
  stalledAfterMs?: number;
}

export interface LoadResult {
  published: Amount;
  acknowledged: Amount;
  /** Messages that were sent again, since no acknowledgement came in time. */
  resent: number;
  /** From the first publish to the last acknowledgement. */
  seconds: number;
  acknowledgedPerSecond: number;
  /** From publish to acknowledgement. */
  latencyMs: { p50: number; p95: number; p99: number; max: number };
}

export interface Amount {
  messages: number;
  samples: number;
}

const checkEveryMs = 20;

export async function publishLoad(options: LoadOptions): Promise<LoadResult> {
  const { edgeNodes, samples, samplesPerMessage, stalledAfterMs = 30_000 } = options;
  const messagesPerNode = Math.ceil(samples / samplesPerMessage / edgeNodes);
  const wallClock = plantClock();
  const nodes = await Promise.all(
    Array.from({ length: edgeNodes }, (_, index) =>
      startLoadNode({
        mqttUrl: options.mqttUrl,
        group: options.group ?? "load",
        name: `${options.group ?? "load"}-${index + 1}`,
        signals: options.signalsPerNode,
        samplesPerMessage,
        window: options.window,
        messages: messagesPerNode,
        hostId: options.hostId ?? "only-mes",
        now: options.now ?? (() => wallClock.now()),
      }),
    ),
  );
  const startedAt = performance.now();
  let lastAcknowledgedAt = startedAt;
  for (const node of nodes) node.onAcknowledged(() => (lastAcknowledgedAt = performance.now()));
  try {
    while (!nodes.every((node) => node.done())) {
      const now = performance.now();
      if (now - lastAcknowledgedAt > stalledAfterMs) break;
      const allowed = allowedMessages(options, now - startedAt);
      for (const node of nodes) node.fill(allowed);
      await delay(checkEveryMs);
    }
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
  return resultOf(nodes, samplesPerMessage, (lastAcknowledgedAt - startedAt) / 1000);
}

/** Of one node, by now. */
function allowedMessages(options: LoadOptions, elapsedMs: number): number {
  const { samplesPerSecond, samplesPerMessage, edgeNodes } = options;
  if (samplesPerSecond === undefined) return Number.MAX_SAFE_INTEGER;
  return Math.ceil(((samplesPerSecond / samplesPerMessage) * elapsedMs) / 1000 / edgeNodes);
}

function resultOf(
  nodes: readonly LoadNode[],
  samplesPerMessage: number,
  seconds: number,
): LoadResult {
  const sum = (value: (node: LoadNode) => number) =>
    nodes.reduce((total, node) => total + value(node), 0);
  const published = sum((node) => node.published());
  const acknowledged = sum((node) => node.acknowledged());
  const latencies = nodes.flatMap((node) => node.latenciesMs()).sort((a, b) => a - b);
  const at = (part: number) =>
    Math.round((latencies[Math.ceil(part * latencies.length) - 1] ?? 0) * 10) / 10;
  return {
    published: { messages: published, samples: published * samplesPerMessage },
    acknowledged: { messages: acknowledged, samples: acknowledged * samplesPerMessage },
    resent: sum((node) => node.resent()),
    seconds,
    acknowledgedPerSecond: seconds > 0 ? (acknowledged * samplesPerMessage) / seconds : 0,
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  };
}
