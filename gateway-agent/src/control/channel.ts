import mqtt, { type MqttClient } from "mqtt";

export interface ChannelOptions {
  readonly url: string;
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly heard: (topic: string, payload: Uint8Array) => void;
  /** Subscribed: what was said before was not heard. */
  readonly opened: () => void;
  readonly failed: (error: Error) => void;
}

const reconnectEveryMs = 500;
const keepAliveSeconds = 5;
const farewellBoundMs = 500;

/**
 * What server and gateway say beside Sparkplug (protocols/gateway), over a connection of its own: the
 * edge node's comes and goes with births and hosts. What cannot be said now is not said later.
 */
export class ControlChannel {
  readonly #client: MqttClient;

  constructor(options: ChannelOptions) {
    const { url, clientId, topics, heard, opened, failed } = options;
    this.#client = mqtt.connect(url, {
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: keepAliveSeconds,
      connectTimeout: 5000,
      reconnectPeriod: reconnectEveryMs,
      resubscribe: false,
      queueQoSZero: false,
    });
    this.#client.on("error", failed);
    this.#client.on("message", (topic, payload) => heard(topic, payload));
    this.#client.on("connect", () => {
      this.#client.subscribe([...topics], { qos: 1 }, (error) => {
        if (error) failed(error);
        else opened();
      });
    });
  }

  say(topic: string, message: unknown): void {
    if (this.#client.connected) this.#client.publish(topic, JSON.stringify(message), { qos: 0 });
  }

  /** What was said before goes out. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const bound = setTimeout(resolve, farewellBoundMs);
    this.#client.end(false, {}, () => resolve());
    await promise;
    clearTimeout(bound);
    this.#client.end(true);
  }
}
