import { EventEmitter, once } from "node:events";
import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import { parseAcknowledgement, type SequenceRange } from "@only-mes/protocols/sparkplug/delivery";
import {
  datatypes,
  decodePayload,
  encodePayload,
  type Metric,
} from "@only-mes/protocols/sparkplug/payload";
import { parseHostState, stateTopic } from "@only-mes/protocols/sparkplug/topics";
import { connectAsync, type MqttClient } from "mqtt";

export interface NodeSignal {
  definition?: SignalDefinition;
  name: string;
  alias: number;
  datatype: number;
  value: Metric["value"];
}

/** A Sparkplug edge node in the hands of a test: it sends what it is told, right or wrong. */
export class OutboxNode {
  readonly #client: MqttClient;
  readonly #group: string;
  readonly #name: string;
  readonly #events = new EventEmitter();
  readonly epoch: number;
  #seq = 0;
  bdSeq = 0;
  acknowledged: readonly SequenceRange[] = [];
  acknowledgements = 0;
  rebirthRequests = 0;
  /** Every STATE of the host that was heard, whether it was online. */
  readonly hostStates: boolean[] = [];

  private constructor(client: MqttClient, group: string, name: string, epoch: number) {
    this.#client = client;
    this.#group = group;
    this.#name = name;
    this.epoch = epoch;
  }

  static async connect(url: string, name: string, epoch = 1): Promise<OutboxNode> {
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    client.on("error", () => undefined);
    const node = new OutboxNode(client, "test", name, epoch);
    client.on("message", (topic, payload) => node.#hear(topic, payload));
    await client.subscribeAsync([`spBv1.0/test/NCMD/${name}`, stateTopic("only-mes")], { qos: 1 });
    return node;
  }

  #hear(topic: string, payload: Buffer): void {
    const state = parseHostState(payload);
    if (topic === stateTopic("only-mes")) this.hostStates.push(state?.online === true);
    else {
      for (const { name, value } of decodePayload(payload).metrics) {
        if (name === "Node Control/Rebirth") this.rebirthRequests += 1;
        if (name !== "Delivery/Acknowledged") continue;
        const told = parseAcknowledgement(String(value));
        if (told.epoch !== this.epoch) continue;
        this.acknowledged = told.ranges;
        this.acknowledgements += 1;
      }
    }
    this.#events.emit("heard");
  }

  /** Until something that was heard makes it true. */
  async until(condition: () => boolean): Promise<void> {
    const timeout = AbortSignal.timeout(20_000);
    while (!condition()) await once(this.#events, "heard", { signal: timeout });
  }

  get hostIsOnline(): boolean {
    return this.hostStates.at(-1) === true;
  }

  hasAcknowledged(sequence: number): boolean {
    return this.acknowledged.some(([first, last]) => first <= sequence && sequence <= last);
  }

  nextSeq(): number {
    const seq = this.#seq;
    this.#seq = (seq + 1) & 255;
    return seq;
  }

  async publish(type: string, device: string | undefined, payload: Uint8Array): Promise<void> {
    const topic = `spBv1.0/${this.#group}/${type}/${this.#name}`;
    await this.#client.publishAsync(
      device === undefined ? topic : `${topic}/${device}`,
      Buffer.from(payload),
    );
  }

  async bear(
    signals: readonly NodeSignal[],
    { delivery = true, device = "plc" } = {},
  ): Promise<void> {
    this.#seq = 0;
    const now = Date.now();
    const bdSeq = { name: "bdSeq", datatype: datatypes.Int64, value: this.bdSeq };
    await this.publish(
      "NBIRTH",
      undefined,
      encodePayload({ timestampMs: now, seq: this.nextSeq(), metrics: [bdSeq] }),
    );
    const numbers = delivery
      ? [
          { name: "Delivery/Epoch", alias: 1, datatype: datatypes.UInt64, value: this.epoch },
          { name: "Delivery/Sequence", alias: 2, datatype: datatypes.UInt64, value: 0 },
        ]
      : [];
    const metrics = signals.map(({ definition, ...rest }) => ({
      ...rest,
      timestampMs: now,
      ...(definition !== undefined && {
        properties: {
          Definition: { type: datatypes.String, value: JSON.stringify(definition) },
        },
      }),
    }));
    await this.publish(
      "DBIRTH",
      device,
      encodePayload({
        timestampMs: now,
        seq: this.nextSeq(),
        metrics: [...numbers, ...metrics],
      }),
    );
  }

  async send(
    sequence: number | undefined,
    metrics: readonly Metric[],
    { seq = this.nextSeq(), device = "plc" } = {},
  ): Promise<void> {
    const numbers =
      sequence === undefined
        ? []
        : [
            { alias: 1, datatype: datatypes.UInt64, value: this.epoch },
            { alias: 2, datatype: datatypes.UInt64, value: sequence },
          ];
    await this.publish(
      "DDATA",
      device,
      encodePayload({ timestampMs: Date.now(), seq, metrics: [...numbers, ...metrics] }),
    );
  }

  async die(bdSeq = this.bdSeq): Promise<void> {
    const metrics = [{ name: "bdSeq", datatype: datatypes.Int64, value: bdSeq }];
    await this.publish("NDEATH", undefined, encodePayload({ timestampMs: Date.now(), metrics }));
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
