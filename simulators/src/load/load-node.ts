import { once } from "node:events";
import {
  deliveryAcknowledgedMetric,
  parseAcknowledgement,
} from "@only-mes/protocols/sparkplug/delivery";
import { decodePayload } from "@only-mes/protocols/sparkplug/payload";
import {
  formatTopic,
  parseHostState,
  stateTopic,
  type MessageType,
} from "@only-mes/protocols/sparkplug/topics";
import { connectAsync, type MqttClient } from "mqtt";
import {
  dataPayload,
  deathPayload,
  deviceBirthPayload,
  loadDevice,
  loadSignals,
  nodeBirthPayload,
  rebirthMetric,
  sampleMetric,
  type DataMessage,
} from "./edge-node.ts";

/** One edge node of a load: sends while its window has room, again what stays unacknowledged. */
export interface LoadNode {
  /** Sends what the window, the pace and the whole amount allow. */
  fill(allowedMessages: number): void;
  onAcknowledged(listener: () => void): void;
  done(): boolean;
  published(): number;
  acknowledged(): number;
  resent(): number;
  latenciesMs(): readonly number[];
  close(): Promise<void>;
}

export interface LoadNodeOptions {
  mqttUrl: string;
  group: string;
  name: string;
  signals: number;
  samplesPerMessage: number;
  window: number;
  messages: number;
  hostId: string;
  now: () => number;
}

const resendAfterMs = 5000;
const hostWithinMs = 30_000;

interface InFlight {
  message: DataMessage;
  firstSentAt: number;
  sentAt: number;
}

export async function startLoadNode(options: LoadNodeOptions): Promise<LoadNode> {
  const { group, name, now, window } = options;
  const bdSeq = 0;
  const epoch = now();
  const signals = loadSignals(name, options.signals);
  const topic = (type: MessageType) =>
    formatTopic({
      group,
      type,
      edgeNode: name,
      ...(type.startsWith("D") && { device: loadDevice }),
    });
  const client = await connectAsync(options.mqttUrl, {
    clientId: `load-${group}-${name}-${epoch}`,
    clean: true,
    reconnectPeriod: 0,
    will: {
      topic: topic("NDEATH"),
      payload: Buffer.from(deathPayload(bdSeq)),
      qos: 1,
      retain: false,
    },
  });
  await client.subscribeAsync(topic("NCMD"), { qos: 1 });
  await hostOnline(client, options.hostId);

  const inFlight = new Map<number, InFlight>();
  const latencies: number[] = [];
  let acknowledgedListener = () => {};
  let nextSequence = 1;
  let acknowledged = 0;
  let resent = 0;
  let seq = 0;
  let sampled = 0;
  let lastTimeMs = 0;

  function birth(): void {
    client.publish(topic("NBIRTH"), Buffer.from(nodeBirthPayload(bdSeq, now())));
    const round = Math.floor(sampled / signals.length);
    const sequence = nextSequence - 1;
    seq = 1;
    const payload = deviceBirthPayload({ signals, epoch, sequence, round, seq, nowMs: now() });
    client.publish(topic("DBIRTH"), Buffer.from(payload));
  }

  function nextMessage(): DataMessage {
    const metrics = Array.from({ length: options.samplesPerMessage }, () => {
      const index = sampled % signals.length;
      const round = Math.floor(sampled / signals.length);
      // Each round has a time of its own, so that no two samples of a signal fall together.
      if (index === 0) lastTimeMs = Math.max(lastTimeMs + 1, now());
      sampled += 1;
      return sampleMetric(signals, index, round, lastTimeMs);
    });
    return { epoch, sequence: nextSequence++, metrics };
  }

  function send(message: DataMessage): void {
    seq = (seq + 1) % 256;
    client.publish(topic("DDATA"), Buffer.from(dataPayload(message, seq, now())));
  }

  function fill(allowedMessages: number): void {
    const last = Math.min(allowedMessages, options.messages);
    while (nextSequence <= last && inFlight.size < window) {
      const message = nextMessage();
      const sentAt = performance.now();
      inFlight.set(message.sequence, { message, firstSentAt: sentAt, sentAt });
      send(message);
    }
    allowed = allowedMessages;
  }
  let allowed = 0;

  function resendOld(): void {
    const at = performance.now();
    for (const flight of inFlight.values()) {
      if (at - flight.sentAt < resendAfterMs) continue;
      flight.sentAt = at;
      resent += 1;
      send(flight.message);
    }
  }

  function acknowledge(text: string): void {
    const { epoch: of, ranges } = parseAcknowledgement(text);
    if (of !== epoch) return;
    const at = performance.now();
    for (const [sequence, { firstSentAt }] of inFlight) {
      if (!ranges.some(([first, last]) => first <= sequence && sequence <= last)) continue;
      inFlight.delete(sequence);
      acknowledged += 1;
      latencies.push(at - firstSentAt);
    }
    acknowledgedListener();
    fill(allowed);
  }

  client.on("message", (to, payload) => {
    if (to !== topic("NCMD")) return;
    for (const { name, value } of decodePayload(payload).metrics) {
      if (name === deliveryAcknowledgedMetric && typeof value === "string") acknowledge(value);
      if (name === rebirthMetric && value === true) birth();
    }
  });
  const resending = setInterval(resendOld, 500);
  birth();

  return {
    fill,
    onAcknowledged: (listener) => void (acknowledgedListener = listener),
    done: () => acknowledged >= options.messages,
    published: () => nextSequence - 1,
    acknowledged: () => acknowledged,
    resent: () => resent,
    latenciesMs: () => latencies,
    async close() {
      clearInterval(resending);
      if (client.connected) {
        await client.publishAsync(topic("NDEATH"), Buffer.from(deathPayload(bdSeq)), { qos: 1 });
      }
      await client.endAsync(true);
    },
  };
}

/** @throws {Error} if the host application does not say in time that it is there. */
async function hostOnline(client: MqttClient, hostId: string): Promise<void> {
  const topic = stateTopic(hostId);
  const heard = new Promise<void>((resolve) => {
    client.on("message", (to, payload) => {
      if (to === topic && parseHostState(payload)?.online === true) resolve();
    });
  });
  await client.subscribeAsync(topic, { qos: 1 });
  const late = once(AbortSignal.timeout(hostWithinMs), "abort").then(() => {
    throw new Error(`no host application "${hostId}" is online after ${hostWithinMs / 1000} s`);
  });
  await Promise.race([heard, late]);
}
