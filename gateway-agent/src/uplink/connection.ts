import mqtt, { type IPublishPacket, type MqttClient } from "mqtt";

/** A message as MQTT carries it. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly clientId: string;
  readonly will: Outgoing;
  /** At QoS 1. */
  readonly subscriptions: readonly string[];
  readonly subscribed: () => void;
  readonly heard: (topic: string, payload: Uint8Array, isRetained: boolean) => void;
  readonly failed: (error: Error) => void;
  /** Once, however it ended. */
  readonly closed: () => void;
}

const keepAliveSeconds = 5;
const connectTimeoutMs = 5000;
const farewellBoundMs = 1500;

/**
 * One MQTT session, from its CONNECT to its end. A session has a will of its own, so it never
 * reconnects: the next one is another object (tck-id-principles-persistence-clean-session-311).
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #client: MqttClient;
  /** Asked about since the last PINGREQ; and for each PINGREQ that has no answer yet, those before it. */
  #unasked: (() => void)[] = [];
  #asked: (() => void)[][] = [];
  #isLeaving = false;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { url, clientId, will } = options;
    const client = mqtt.connect(url, {
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: keepAliveSeconds,
      connectTimeout: connectTimeoutMs,
      // The library would come back with the old will.
      reconnectPeriod: 0,
      queueQoSZero: false,
      will: { topic: will.topic, payload: asBuffer(will.payload), qos: 1, retain: false },
    });
    this.#client = client;
    client.on("message", (topic, payload, packet) => this.#heard(topic, payload, packet));
    client.on("packetsend", ({ cmd }) => {
      if (cmd === "pingreq") this.#asked.push(this.#unasked.splice(0));
    });
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "pingresp") this.#answered();
    });
    client.on("error", (error) => {
      // A farewell may cut off what the library still had to answer.
      if (!this.#isLeaving) options.failed(error);
    });
    client.once("close", () => this.#close());
    client.once("connect", () => this.#subscribe());
  }

  /** QoS 0, not retained (tck-id-topics-ddata-mqtt and its like). */
  publish({ topic, payload }: Outgoing): void {
    this.#client.publish(topic, asBuffer(payload), { qos: 0, retain: false });
  }

  /**
   * Calls back when the broker has taken everything that was published until now. QoS 0 has no
   * answer of its own; but a broker reads a session's packets in their order, so the answer to a
   * PINGREQ behind them says it. One is on its way at a time, for all that asked before it.
   */
  whenTaken(taken: () => void): void {
    this.#unasked.push(taken);
    if (this.#asked.length === 0) this.#client.sendPing();
  }

  /** Says `farewell` at QoS 1 if there is one, and DISCONNECT; resolves when the connection is closed. */
  async leave(farewell: Outgoing | undefined): Promise<void> {
    const client = this.#client;
    this.#isLeaving = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const bound = setTimeout(resolve, farewellBoundMs);
    const end = () => client.end(false, {}, () => resolve());
    if (farewell !== undefined && client.connected) {
      client.publish(farewell.topic, asBuffer(farewell.payload), { qos: 1, retain: false }, end);
    } else end();
    await promise;
    clearTimeout(bound);
    client.end(true);
    this.#close();
  }

  /** As if the network had failed. */
  break(): void {
    this.#client.stream.destroy();
  }

  #subscribe(): void {
    const { subscriptions, subscribed, failed } = this.#options;
    this.#client.subscribe([...subscriptions], { qos: 1 }, (error) => {
      if (this.#isClosed) return;
      if (error === null) {
        subscribed();
        return;
      }
      failed(error);
      this.#client.end(true);
    });
  }

  #heard(topic: string, payload: Buffer, { retain }: IPublishPacket): void {
    if (!this.#isClosed) this.#options.heard(topic, payload, retain);
  }

  #answered(): void {
    if (this.#isClosed) return;
    for (const taken of this.#asked.shift() ?? []) taken();
    if (this.#unasked.length > 0 && this.#asked.length === 0) this.#client.sendPing();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A listener for errors stays: one without it would end the process.
    this.#client.end(true);
    this.#options.closed();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
