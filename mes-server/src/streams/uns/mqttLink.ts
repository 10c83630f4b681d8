import { randomBytes } from "node:crypto";
import { connect, type MqttClient } from "mqtt";
import type { Logger } from "pino";
import { backOffMs } from "../backOff.ts";

/** A connection to the broker that only publishes, and knows what the broker has taken. */
export interface MqttLink {
  readonly isConnected: boolean;
  /** How often it has connected: after each, the broker may have forgotten what it kept. */
  readonly connections: number;
  /**
   * Settles when the broker has taken it (QoS 1). What is published one after the other arrives so.
   *
   * @throws {LinkLost} if the connection ends before that: it may have been taken or not.
   */
  publish(topic: string, payload: string, options: { retain: boolean }): Promise<void>;
  close(): Promise<void>;
}

export class LinkLost extends Error {}

const reconnect = { minMs: 200, maxMs: 10_000 };
const acknowledgeMs = 10_000;
const sayGoodbyeMs = 1_000;

export function openMqttLink({
  url,
  clientId,
  log,
  random,
}: {
  url: string;
  /** Of this use; each connection adds something of its own, as a broker ends the older of two alike. */
  clientId: string;
  log: Logger;
  random: () => number;
}): MqttLink {
  let client: MqttClient | undefined;
  let isConnected = false;
  let isClosing = false;
  let connections = 0;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  const waiting = new Set<(error: Error) => void>();

  const open = (): void => {
    const present = connect(url, {
      clientId: `${clientId}-${randomBytes(4).toString("hex")}`,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      keepalive: 30,
      resubscribe: false,
    });
    client = present;
    present.on("connect", () => {
      isConnected = true;
      connections += 1;
      failures = 0;
    });
    present.on("error", (error) => {
      if (!isClosing) log.warn({ err: error, url }, "events cannot be sent to the broker");
    });
    present.once("close", () => closed(present));
  };

  const closed = (present: MqttClient): void => {
    present.removeAllListeners();
    present.on("error", () => undefined);
    present.end(true);
    if (client !== present) return;
    client = undefined;
    isConnected = false;
    for (const fail of waiting) fail(new LinkLost("the connection to the broker has ended"));
    if (isClosing) return;
    failures += 1;
    retry = setTimeout(open, backOffMs(failures, reconnect, random));
  };

  open();
  return {
    get isConnected() {
      return isConnected;
    },
    get connections() {
      return connections;
    },
    publish(topic, payload, { retain }) {
      const present = client;
      if (present === undefined || !isConnected) {
        return Promise.reject(new LinkLost("there is no connection to the broker"));
      }
      return new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => present.end(true), acknowledgeMs);
        const settle = (error?: Error | null): void => {
          clearTimeout(late);
          waiting.delete(settle);
          if (error) reject(error);
          else resolve();
        };
        waiting.add(settle);
        present.publish(topic, payload, { qos: 1, retain }, settle);
      });
    },
    async close() {
      isClosing = true;
      clearTimeout(retry);
      const present = client;
      if (present === undefined) return;
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => present.end(true, {}, () => resolve()), sayGoodbyeMs);
        present.end(false, {}, () => {
          clearTimeout(force);
          resolve();
        });
      });
    },
  };
}
