import { randomBytes } from "node:crypto";
import {
  everySparkplugTopic,
  parseHostState,
  stateTopic,
} from "@only-mes/protocols/sparkplug/topics";
import { connect, type MqttClient } from "mqtt";
import type { Logger } from "pino";

/**
 * The connection of a Sparkplug host application to the broker: its STATE with will, and all
 * Sparkplug messages. Each connection has a STATE and a will with a timestamp of its own, so it
 * connects anew by itself instead of letting the MQTT library do it with the old will.
 */
export interface HostSession {
  readonly isConnected: boolean;
  publish(topic: string, payload: Uint8Array): void;
  /** Says that the host is offline, and disconnects. */
  close(): Promise<void>;
}

export interface HostSessionParts {
  url: string;
  hostId: string;
  /** Beside Sparkplug's. */
  moreTopics: readonly string[];
  log: Logger;
  /** Must not wait. */
  onMessage: (topic: string, payload: Uint8Array) => void;
  onConnected: () => void;
  onLost: () => void;
}

const reconnectMsMin = 200;
const reconnectMsMax = 5000;
const sayGoodbyeMs = 1000;

export function startHostSession(parts: HostSessionParts): HostSession {
  const { url, hostId, log } = parts;
  const ownState = stateTopic(hostId);
  let client: MqttClient | undefined;
  let timestamp = 0;
  let failures = 0;
  let isConnected = false;
  let isClosing = false;
  let retry: NodeJS.Timeout | undefined;

  const state = (online: boolean): string => JSON.stringify({ online, timestamp });

  const open = (): void => {
    timestamp = Math.max(timestamp + 1, Date.now());
    const present = connect(url, {
      clientId: `${hostId}-${randomBytes(6).toString("hex")}`,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5000,
      keepalive: 30,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: ownState, payload: Buffer.from(state(false)), qos: 1, retain: true },
    });
    client = present;
    present.on("connect", () => subscribe(present));
    present.on("message", (topic, payload) => {
      if (topic === ownState) heardOwnState(present, payload);
      else parts.onMessage(topic, payload);
    });
    present.on("error", (error) => {
      if (!isClosing) log.warn({ err: error, url }, "the broker connection failed");
    });
    present.once("close", () => closed(present));
  };

  const subscribe = (present: MqttClient): void => {
    // STATE is subscribed to before it is published, so that a will that comes late is seen.
    const topics = [ownState, everySparkplugTopic, ...parts.moreTopics];
    present.subscribe(topics, { qos: 1 }, (error) => {
      if (error) {
        log.error({ err: error }, "the broker refused the subscriptions");
        present.end(true);
        return;
      }
      present.publish(ownState, state(true), { qos: 1, retain: true });
      isConnected = true;
      failures = 0;
      log.info({ url, hostId }, "connected to the broker");
      parts.onConnected();
    });
  };

  /** Our own STATE as the broker has it: somebody's old will must not stand. */
  const heardOwnState = (present: MqttClient, payload: Uint8Array): void => {
    const heard = parseHostState(payload);
    if (heard === undefined || heard.online || isClosing) return;
    if (heard.timestamp < timestamp) {
      present.publish(ownState, state(true), { qos: 1, retain: true });
    } else {
      // Edge nodes would ignore an answer that is older than it: only a new session can be newer.
      timestamp = heard.timestamp;
      present.end(true);
    }
  };

  const closed = (present: MqttClient): void => {
    present.removeAllListeners();
    present.on("error", () => undefined);
    present.end(true);
    if (client !== present) return;
    client = undefined;
    if (isConnected) {
      isConnected = false;
      parts.onLost();
    }
    if (isClosing) return;
    const waitMs = Math.min(reconnectMsMax, reconnectMsMin * 2 ** failures);
    failures += 1;
    retry = setTimeout(open, waitMs * (0.75 + Math.random() / 2));
  };

  open();
  return {
    get isConnected() {
      return isConnected;
    },
    publish(topic, payload) {
      // What cannot go now is not worth sending later: gateways ask again.
      if (!isConnected) return;
      client?.publish(topic, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), {
        qos: 0,
      });
    },
    async close() {
      isClosing = true;
      clearTimeout(retry);
      const present = client;
      if (present === undefined) return;
      await new Promise<void>((resolve) => {
        const force = setTimeout(resolve, sayGoodbyeMs);
        const done = (): void => {
          clearTimeout(force);
          resolve();
        };
        if (!isConnected) return done();
        // tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean
        timestamp = Math.max(timestamp, Date.now());
        present.publish(ownState, state(false), { qos: 1, retain: true }, () => {
          present.end(false, {}, done);
        });
      });
      present.end(true);
    },
  };
}
