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
import { deathPayload, nodeBirthPayload, rebirthMetric } from "../load/edge-node.ts";
import {
  feedBirth,
  feedData,
  type FeedMessage,
  type FeedSample,
  type FeedSignal,
} from "./feed-payloads.ts";

/**
 * An edge node that delivers samples which somebody else has made: a plant that runs faster than any
 * PLC could be polled, or a history. Sends until the host has committed; connects again when the broker
 * was away, and is born again. It holds what is unacknowledged in memory only.
 */
export interface FeedNode {
  /** Resolves once the host has acknowledged the samples after commit. */
  send(samples: readonly FeedSample[], how?: SendOptions): Promise<void>;
  /** Messages that were sent more than once, on purpose or for want of an answer. */
  resent(): number;
  close(): Promise<void>;
}

export interface SendOptions {
  isHistorical?: boolean;
  /** How often it is sent at once; more than once makes duplicates on purpose. */
  copies?: number;
}

export interface FeedOptions {
  mqttUrl: string;
  group: string;
  node: string;
  device: string;
  signals: readonly FeedSignal[];
  hostId: string;
  epoch: number;
  now: () => number;
}

const resendAfterMs = 3000;
const reconnectAfterMs = 200;
const hostWithinMs = 60_000;

interface InFlight {
  message: FeedMessage;
  sentAt: number;
  acknowledged: () => void;
}

/** @throws {Error} if no host application is online in time. */
export async function startFeedNode(options: FeedOptions): Promise<FeedNode> {
  const { signals, epoch, now } = options;
  const topic = (type: MessageType) => {
    const { group, node: edgeNode, device } = options;
    return formatTopic({ group, type, edgeNode, ...(type.startsWith("D") && { device }) });
  };
  const inFlight = new Map<number, InFlight>();
  const life: { client?: MqttClient; isClosing: boolean } = { isClosing: false };
  let bdSeq = 0;
  let lastSequence = 0;
  let seq = 0;
  let resent = 0;

  function birth(): void {
    life.client?.publish(topic("NBIRTH"), Buffer.from(nodeBirthPayload(bdSeq, now())));
    seq = 1;
    const payload = feedBirth({ signals, epoch, sequence: lastSequence, seq, nowMs: now() });
    life.client?.publish(topic("DBIRTH"), Buffer.from(payload));
  }

  function publish(flight: InFlight): void {
    flight.sentAt = performance.now();
    if (life.client?.connected !== true) return;
    seq = (seq + 1) % 256;
    const payload = feedData(signals, flight.message, { epoch, seq, nowMs: now() });
    life.client.publish(topic("DDATA"), Buffer.from(payload));
  }

  function resend(isDue: (flight: InFlight) => boolean): void {
    for (const flight of inFlight.values()) {
      if (!isDue(flight)) continue;
      resent += 1;
      publish(flight);
    }
  }

  function acknowledge(text: string): void {
    const { epoch: of, ranges } = parseAcknowledgement(text);
    if (of !== epoch) return;
    for (const [sequence, flight] of inFlight) {
      if (!ranges.some(([first, last]) => first <= sequence && sequence <= last)) continue;
      inFlight.delete(sequence);
      flight.acknowledged();
    }
  }

  async function connect(): Promise<void> {
    const client = await connectAsync(options.mqttUrl, {
      clientId: `feed-${options.group}-${options.node}`,
      clean: true,
      reconnectPeriod: 0,
      will: {
        topic: topic("NDEATH"),
        payload: Buffer.from(deathPayload(bdSeq)),
        qos: 1,
        retain: false,
      },
    });
    client.on("error", () => undefined);
    client.on("message", (to, payload) => {
      if (to !== topic("NCMD")) return;
      for (const { name, value } of decodePayload(payload).metrics) {
        if (name === deliveryAcknowledgedMetric && typeof value === "string") acknowledge(value);
        if (name === rebirthMetric && value === true) birth();
      }
    });
    await client.subscribeAsync(topic("NCMD"), { qos: 1 });
    await hostOnline(client, options.hostId);
    life.client = client;
    birth();
    resend(() => true);
    client.on("close", () => {
      bdSeq = (bdSeq + 1) % 256;
      if (!life.isClosing) void connectAgain();
    });
  }

  async function connectAgain(): Promise<void> {
    while (!life.isClosing) {
      await new Promise((resolve) => setTimeout(resolve, reconnectAfterMs));
      try {
        return await connect();
      } catch {
        // The broker or the host is still away.
      }
    }
  }

  await connect();
  const resending = setInterval(() => {
    const before = performance.now() - resendAfterMs;
    resend(({ sentAt }) => sentAt < before);
  }, resendAfterMs / 6);

  return {
    send(samples, { isHistorical = false, copies = 1 } = {}) {
      const message = { sequence: (lastSequence += 1), samples, isHistorical };
      return new Promise((acknowledged) => {
        const flight = { message, sentAt: 0, acknowledged };
        inFlight.set(message.sequence, flight);
        for (let copy = 0; copy < copies; copy += 1) publish(flight);
        resent += copies - 1;
      });
    },
    resent: () => resent,
    async close() {
      life.isClosing = true;
      clearInterval(resending);
      if (life.client?.connected !== true) return;
      const payload = Buffer.from(deathPayload(bdSeq));
      await life.client.publishAsync(topic("NDEATH"), payload, { qos: 1 });
      await life.client.endAsync(true);
    },
  };
}

/** @throws {Error} if the host application does not say in time that it is there. */
async function hostOnline(client: MqttClient, hostId: string): Promise<void> {
  const topic = stateTopic(hostId);
  const heard = new Promise<void>((resolve, reject) => {
    client.on("message", (to, payload) => {
      if (to === topic && parseHostState(payload)?.online === true) resolve();
    });
    client.on("close", () => reject(new Error("the broker has gone")));
  });
  await client.subscribeAsync(topic, { qos: 1 });
  const late = once(AbortSignal.timeout(hostWithinMs), "abort").then(() => {
    throw new Error(`no host application "${hostId}" is online after ${hostWithinMs / 1000} s`);
  });
  await Promise.race([heard, late]);
}
