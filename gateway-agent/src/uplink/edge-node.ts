import mqtt, { type MqttClient } from "mqtt";
import { asHistorical, withSeq } from "@only-mes/protocols/sparkplug/ddata";
import {
  dbirthPayload,
  nbirthPayload,
  ndeathPayload,
  nextSeq,
  type BornDelivery,
  type BornSignal,
} from "@only-mes/protocols/sparkplug/births";
import type { Acknowledgement } from "@only-mes/protocols/sparkplug/delivery";
import { encodePayload } from "@only-mes/protocols/sparkplug/payload";
import {
  formatTopic,
  parseHostState,
  parseTopic,
  stateTopic,
  type MessageType,
} from "@only-mes/protocols/sparkplug/topics";
import { readNodeCommands } from "../commands/node-commands.ts";
import type { Reached } from "../crash-points.ts";
import type { BackOff } from "../back-off.ts";
import type { StoredMessage } from "../outbox/outbox.ts";
import { hear, unheardHost, type HostWatch } from "./host-state.ts";
import { advance, type UplinkEffect, type UplinkEvent, type UplinkState } from "./lifecycle.ts";
import { Sender } from "./sender.ts";

/** A device as its DBIRTH tells it. */
export interface DeviceBirth {
  readonly device: string;
  /** Not connected: it is born, so that its metrics are known, and dies at once. */
  readonly isConnected: boolean;
  readonly delivery: BornDelivery;
  readonly signals: readonly BornSignal[];
}

export interface EdgeNodeOptions {
  readonly url: string;
  readonly group: string;
  readonly edgeNode: string;
  /** `undefined`: no host is waited for, and the broker's word trims the outbox. */
  readonly primaryHost: string | undefined;
  readonly births: () => readonly DeviceBirth[];
  readonly nextBdSeq: () => number;
  readonly isDeliveryAlias: (alias: number) => boolean;
  readonly heldAfter: (sequence: number, limit: number) => readonly StoredMessage[];
  /** @returns whether the acknowledgement is of this outbox. */
  readonly acknowledge: (acknowledgement: Acknowledgement) => boolean;
  readonly epoch: number;
  readonly backlogSamplesPerSecond: number;
  /** Plant time. */
  readonly now: () => number;
  readonly backOff: BackOff;
  readonly reached: Reached;
  readonly log: UplinkLog;
}

export interface UplinkLog {
  stateChanged(state: UplinkState): void;
  refused(command: string): void;
  failed(error: Error): void;
}

const keepAliveSeconds = 5;
const connectTimeoutMs = 5000;
const farewellBoundMs = 1500;
const pumpEveryMs = 50;

/** The Sparkplug edge node: performs what the lifecycle asks for, over one MQTT session after the other. */
export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #sender: Sender;
  readonly #ended = Promise.withResolvers<void>();
  readonly #living = new Set<string>();
  #state: UplinkState = "idle";
  #client: MqttClient | undefined;
  #bdSeq = 0;
  #seq = 0;
  #host: HostWatch = unheardHost;
  #pause: NodeJS.Timeout | undefined;
  #pump: NodeJS.Timeout | undefined;
  #published = 0;
  #rebirths = 0;
  #sessions = 0;

  constructor(options: EdgeNodeOptions) {
    this.#options = options;
    this.#sender = new Sender({
      heldAfter: options.heldAfter,
      publish: (message, isHistorical) => this.#publishData(message, isHistorical),
      backlogSamplesPerSecond: options.backlogSamplesPerSecond,
      now: () => performance.now(),
    });
  }

  get state(): UplinkState {
    return this.#state;
  }

  figures() {
    return {
      ...this.#sender.figures(),
      published: this.#published,
      rebirths: this.#rebirths,
      sessions: this.#sessions,
    };
  }

  start(): void {
    this.#pump = setInterval(() => this.#sender.pump(), pumpEveryMs);
    this.#happened("start");
  }

  /** NDEATH, DISCONNECT; resolves when the connection is closed. */
  async stop(): Promise<void> {
    clearInterval(this.#pump);
    this.#happened("stop");
    await this.#ended.promise;
  }

  /** As if the network had failed: for tests, and for operators who move a broker. */
  breakConnection(): void {
    this.#client?.stream.destroy();
  }

  /** Messages that have just become durable. */
  offer(messages: readonly StoredMessage[]): void {
    this.#sender.offer(messages);
  }

  /** The device answers, or its metrics changed. */
  deviceBorn(birth: DeviceBirth): void {
    if (this.#state === "online") this.#birthDevice(birth);
  }

  deviceDied(device: string): void {
    if (this.#state !== "online" || !this.#living.delete(device)) return;
    this.#publishPayload("DDEATH", device, {
      timestampMs: this.#options.now(),
      seq: this.#takeSeq(),
      metrics: [],
    });
  }

  #happened(event: UplinkEvent): void {
    const { next, effects } = advance(this.#state, event);
    const changed = next !== this.#state;
    this.#state = next;
    if (changed) this.#options.log.stateChanged(next);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: UplinkEffect): void {
    switch (effect) {
      case "connect":
        this.#connect();
        return;
      case "birth":
        this.#options.backOff.reset();
        this.#birth();
        return;
      case "rebirth":
        this.#rebirths += 1;
        this.#birth();
        return;
      case "hold":
        this.#sender.goOffline();
        return;
      case "leave":
        void this.#leave(true);
        return;
      case "disconnect":
        void this.#leave(false);
        return;
      case "pause":
        this.#pause = setTimeout(() => this.#happened("pauseOver"), this.#options.backOff.nextMs());
        return;
      case "forgetPause":
        clearTimeout(this.#pause);
        return;
      case "report":
        this.#ended.resolve();
        return;
    }
  }

  #connect(): void {
    const { url, group, edgeNode, primaryHost, log } = this.#options;
    this.#bdSeq = this.#options.nextBdSeq();
    this.#host = unheardHost;
    this.#sessions += 1;
    const client = mqtt.connect(url, {
      clientId: `${group}/${edgeNode}`,
      protocolVersion: 4,
      clean: true,
      keepalive: keepAliveSeconds,
      connectTimeout: connectTimeoutMs,
      // The library would come back with the old will: each CONNECT is made here.
      reconnectPeriod: 0,
      queueQoSZero: false,
      will: {
        topic: this.#topic("NDEATH"),
        payload: this.#ndeath(),
        qos: 1,
        retain: false,
      },
    });
    this.#client = client;
    client.on("message", (topic, payload) => {
      if (client === this.#client) this.#received(topic, payload);
    });
    client.on("error", (error) => {
      // A farewell may cut off what the library still had to answer.
      if (this.#state !== "leaving" && this.#state !== "ending") log.failed(error);
    });
    client.once("close", () => this.#closed(client));
    client.once("connect", () => {
      const topics = [
        this.#topic("NCMD"),
        formatTopic({ group, type: "DCMD", edgeNode, device: "+" }),
      ];
      if (primaryHost !== undefined) topics.push(stateTopic(primaryHost));
      client.subscribe(topics, { qos: 1 }, (error) => {
        if (client !== this.#client) return;
        if (error !== null) {
          log.failed(error);
          client.end(true);
          return;
        }
        this.#happened("subscribed");
        if (primaryHost === undefined) this.#happened("hostOnline");
      });
    });
  }

  #closed(client: MqttClient): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#living.clear();
    // A listener stays: an error without one would end the process.
    client.removeAllListeners("message");
    client.end(true);
    this.#happened("disconnected");
  }

  async #leave(wasBorn: boolean): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const bound = setTimeout(resolve, farewellBoundMs);
    const end = () => client.end(false, {}, () => resolve());
    if (wasBorn && client.connected) {
      client.publish(this.#topic("NDEATH"), this.#ndeath(), { qos: 1 }, end);
    } else end();
    await promise;
    clearTimeout(bound);
    client.end(true);
    this.#closed(client);
  }

  #birth(): void {
    const { births, now } = this.#options;
    this.#living.clear();
    this.#seq = 0;
    this.#publishPayload("NBIRTH", undefined, nbirthPayload(this.#bdSeq, now()));
    const all = births();
    for (const birth of all) this.#birthDevice(birth);
    for (const { device, isConnected } of all) if (!isConnected) this.deviceDied(device);
    this.#sender.goOnline();
  }

  #birthDevice({ device, delivery, signals }: DeviceBirth): void {
    this.#living.add(device);
    const payload = dbirthPayload(this.#takeSeq(), this.#options.now(), delivery, signals);
    this.#publishPayload("DBIRTH", device, payload);
  }

  #publishData(message: StoredMessage, isHistorical: boolean): void {
    const { device, body, sequence } = message;
    const { isDeliveryAlias, primaryHost, reached } = this.#options;
    // What a dead device once said is history, whenever it goes out.
    const isHistory = isHistorical || !this.#living.has(device);
    const payload = withSeq(
      isHistory ? asHistorical(body, isDeliveryAlias) : body,
      this.#takeSeq(),
    );
    const client = this.#client;
    if (primaryHost !== undefined) {
      this.#publish(this.#topic("DDATA", device), payload);
    } else {
      client?.publish(this.#topic("DDATA", device), asBuffer(payload), { qos: 1 }, (error) => {
        if (!error && client === this.#client) this.#acknowledged([[sequence, sequence]]);
      });
    }
    reached("mid-publish");
  }

  #acknowledged(ranges: Acknowledgement["ranges"], epoch: number = this.#options.epoch): void {
    if (!this.#options.acknowledge({ epoch, ranges })) return;
    this.#sender.acknowledged(ranges);
  }

  #received(topic: string, payload: Buffer): void {
    const { primaryHost, log } = this.#options;
    if (primaryHost !== undefined && topic === stateTopic(primaryHost)) {
      const state = parseHostState(payload);
      if (state === undefined) return;
      const before = this.#host;
      this.#host = hear(before, state);
      if (this.#host === before) return;
      this.#happened(this.#host.isOnline ? "hostOnline" : "hostOffline");
      return;
    }
    const parsed = parseTopic(topic);
    if (parsed?.type === "DCMD") {
      log.refused(`DCMD to ${parsed.device ?? "?"}: this gateway writes nothing to its devices`);
      return;
    }
    for (const command of readNodeCommands(payload)) {
      if (command.kind === "rebirth") this.#happened("rebirthAsked");
      else if (command.kind === "refused") log.refused(command.why);
      else this.#acknowledged(command.acknowledgement.ranges, command.acknowledgement.epoch);
    }
  }

  #publishPayload(
    type: MessageType,
    device: string | undefined,
    payload: Parameters<typeof encodePayload>[0],
  ): void {
    this.#publish(this.#topic(type, device), encodePayload(payload));
  }

  #publish(topic: string, payload: Uint8Array): void {
    this.#published += 1;
    this.#client?.publish(topic, asBuffer(payload), { qos: 0, retain: false });
  }

  #takeSeq(): number {
    this.#seq = nextSeq(this.#seq);
    return this.#seq;
  }

  #ndeath(): Buffer {
    return asBuffer(encodePayload(ndeathPayload(this.#bdSeq, this.#options.now())));
  }

  #topic(type: MessageType, device?: string): string {
    const { group, edgeNode } = this.#options;
    return formatTopic({ group, type, edgeNode, ...(device !== undefined && { device }) });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
