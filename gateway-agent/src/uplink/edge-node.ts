import { asHistorical, withSeq } from "@only-mes/protocols/sparkplug/ddata";
import { ndeathPayload } from "@only-mes/protocols/sparkplug/births";
import type { Acknowledgement } from "@only-mes/protocols/sparkplug/delivery";
import { encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import { formatTopic, parseTopic, type MessageType } from "@only-mes/protocols/sparkplug/topics";
import { readNodeCommands } from "../commands/node-commands.ts";
import type { Reached } from "../crash-points.ts";
import type { BackOff } from "../back-off.ts";
import type { StoredMessage } from "../outbox/outbox.ts";
import { Births, type DeviceBirth } from "./births.ts";
import { Connection, type Outgoing } from "./connection.ts";
import { hearHost, hostTopics, unheardHost, type HostWatch } from "./host-state.ts";
import { advance, type UplinkEffect, type UplinkEvent, type UplinkState } from "./lifecycle.ts";
import { RebirthThrottle } from "./rebirth-throttle.ts";
import { Sender } from "./sender.ts";

/** Whose word says that a message is delivered: the host's after its commit, or the broker's. */
export type TrimmedBy = "host" | "broker";

export interface EdgeNodeOptions {
  readonly url: string;
  readonly group: string;
  readonly edgeNode: string;
  /** `undefined`: no host is waited for. */
  readonly primaryHost: string | undefined;
  /** `broker` for hosts that know no `Delivery/*`. */
  readonly trimmedBy: TrimmedBy;
  readonly births: () => readonly DeviceBirth[];
  /** What the node tells of itself in its birth. */
  readonly nodeMetrics?: () => readonly Metric[];
  readonly nextBdSeq: () => number;
  readonly isDeliveryAlias: (alias: number) => boolean;
  readonly heldAfter: (sequence: number, limit: number) => readonly StoredMessage[];
  /** @returns whether the acknowledgement is of this outbox. */
  readonly acknowledge: (acknowledgement: Acknowledgement) => boolean;
  readonly epoch: number;
  readonly backlogSamplesPerSecond: number;
  /** Whether it may speak as the present: a member of a redundant gateway only with the lease. */
  readonly mayBeLive?: () => boolean;
  /** A DCMD. */
  readonly command: (device: string, payload: Uint8Array) => void;
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

const pumpEveryMs = 50;
const rebirthEveryMs = 1000;

/** The Sparkplug edge node: performs what the lifecycle asks for, over one MQTT session after the other. */
export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #sender: Sender;
  readonly #births: Births;
  readonly #rebirths: RebirthThrottle;
  readonly #ended = Promise.withResolvers<void>();
  #state: UplinkState = "idle";
  #connection: Connection | undefined;
  #bdSeq = 0;
  #host: HostWatch = unheardHost;
  #pause: NodeJS.Timeout | undefined;
  #pump: NodeJS.Timeout | undefined;
  readonly #counts = { published: 0, rebirths: 0, sessions: 0 };

  constructor(options: EdgeNodeOptions) {
    this.#options = options;
    this.#sender = new Sender({
      heldAfter: options.heldAfter,
      publish: (message, isHistorical) => this.#publishData(message, isHistorical),
      backlogSamplesPerSecond: options.backlogSamplesPerSecond,
      now: () => performance.now(),
    });
    this.#births = new Births({
      births: options.births,
      nodeMetrics: options.nodeMetrics ?? (() => []),
      publish: (type, device, payload) => this.#publish(type, device, payload),
      now: options.now,
    });
    this.#rebirths = new RebirthThrottle({
      everyMs: rebirthEveryMs,
      now: () => performance.now(),
      perform: () => this.#happened("rebirthAsked"),
    });
  }

  get state(): UplinkState {
    return this.#state;
  }

  figures() {
    return { ...this.#sender.figures(), ...this.#counts };
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
    this.#connection?.break();
  }

  /** Messages that have just become durable. */
  offer(messages: readonly StoredMessage[]): void {
    this.#sender.offer(messages);
  }

  /** NDATA of the node itself. @returns whether it went out. */
  tellNode(metrics: readonly Metric[]): boolean {
    return this.#state === "online" && this.#births.tellNode(metrics);
  }

  /** The device answers, or its metrics changed. */
  deviceBorn(birth: DeviceBirth): void {
    if (this.#state === "online") this.#births.bear(birth);
  }

  deviceDied(device: string): void {
    if (this.#state === "online") this.#births.die(device);
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
        this.#counts.rebirths += 1;
        this.#birth();
        return;
      case "hold":
        this.#sender.goOffline();
        return;
      case "leave":
        void this.#connection?.leave(this.#ndeath());
        return;
      case "disconnect":
        void this.#connection?.leave(undefined);
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
    this.#counts.sessions += 1;
    this.#connection = new Connection({
      url,
      clientId: `${group}/${edgeNode}`,
      will: this.#ndeath(),
      subscriptions: [
        this.#topic("NCMD"),
        formatTopic({ group, type: "DCMD", edgeNode, device: "+" }),
        ...(primaryHost === undefined ? [] : hostTopics(primaryHost)),
      ],
      subscribed: () => {
        this.#happened("subscribed");
        if (primaryHost === undefined) this.#happened("hostOnline");
      },
      heard: (topic, payload, isRetained) => this.#heard(topic, payload, isRetained),
      failed: (error) => log.failed(error),
      closed: () => {
        this.#connection = undefined;
        this.#births.forget();
        this.#rebirths.forget();
        this.#happened("disconnected");
      },
    });
  }

  #birth(): void {
    this.#births.bearAll(this.#bdSeq);
    this.#sender.goOnline();
  }

  #publishData({ device, body, sequence }: StoredMessage, isHistorical: boolean): void {
    const { isDeliveryAlias, trimmedBy, reached, mayBeLive } = this.#options;
    // What a dead device once said is history, whenever it goes out.
    const isHistory = isHistorical || !this.#births.isLiving(device) || mayBeLive?.() === false;
    const told = isHistory ? asHistorical(body, isDeliveryAlias) : body;
    this.#publish("DDATA", device, withSeq(told, this.#births.takeSeq()));
    if (trimmedBy === "broker") {
      this.#connection?.whenTaken(() => this.#acknowledged([[sequence, sequence]]));
    }
    reached("mid-publish");
  }

  #acknowledged(ranges: Acknowledgement["ranges"], epoch: number = this.#options.epoch): void {
    if (!this.#options.acknowledge({ epoch, ranges })) return;
    this.#sender.acknowledged(ranges);
  }

  #heard(topic: string, payload: Uint8Array, isRetained: boolean): void {
    const { primaryHost, log } = this.#options;
    if (primaryHost !== undefined) {
      const before = this.#host;
      const heard = hearHost(before, primaryHost, topic, payload);
      if (heard !== undefined) {
        this.#host = heard;
        if (heard !== before) this.#happened(heard.isOnline ? "hostOnline" : "hostOffline");
        return;
      }
    }
    if (isRetained) {
      // It may be as old as the broker, and would come again with every session.
      log.refused(`${topic}: a retained command is never carried out; it must not be retained`);
      return;
    }
    const { type, device } = parseTopic(topic) ?? {};
    if (type === "NCMD") this.#nodeCommand(payload);
    if (type !== "DCMD" || device === undefined) return;
    if (this.#state === "online") this.#options.command(device, payload);
    else log.refused(`DCMD to ${device}: no device is born yet`);
  }

  #nodeCommand(payload: Uint8Array): void {
    for (const command of readNodeCommands(payload)) {
      if (command.kind === "rebirth") this.#rebirths.ask();
      else if (command.kind === "refused") this.#options.log.refused(command.why);
      else this.#acknowledged(command.acknowledgement.ranges, command.acknowledgement.epoch);
    }
  }

  #publish(type: MessageType, device: string | undefined, payload: Uint8Array): void {
    this.#counts.published += 1;
    this.#connection?.publish({ topic: this.#topic(type, device), payload });
  }

  #ndeath(): Outgoing {
    const payload = encodePayload(ndeathPayload(this.#bdSeq, this.#options.now()));
    return { topic: this.#topic("NDEATH"), payload };
  }

  #topic(type: MessageType, device?: string): string {
    const { group, edgeNode } = this.#options;
    return formatTopic({ group, type, edgeNode, ...(device !== undefined && { device }) });
  }
}
