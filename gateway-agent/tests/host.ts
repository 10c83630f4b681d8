import mqtt, { type MqttClient } from "mqtt";
import { rebirthMetric } from "@only-mes/protocols/sparkplug/births";
import {
  deliveryAcknowledgedMetric,
  deliveryEpochMetric,
  deliverySequenceMetric,
  formatAcknowledgement,
  type SequenceRange,
} from "@only-mes/protocols/sparkplug/delivery";
import {
  datatypes,
  decodePayload,
  encodePayload,
  type Metric,
  type SparkplugPayload,
} from "@only-mes/protocols/sparkplug/payload";
import {
  everySparkplugTopic,
  parseTopic,
  stateTopic,
  type SparkplugTopic,
} from "@only-mes/protocols/sparkplug/topics";

export interface Received extends SparkplugTopic {
  payload: SparkplugPayload;
  bytes: Uint8Array;
}

export interface HeardSample {
  device: string;
  name: string;
  sequence: number;
  timestampMs: number;
  value: Metric["value"];
  isHistorical: boolean;
}

/**
 * A small primary host: STATE with will, aliases from births, each sequence once, acknowledged after
 * it was kept. It is written from the specification, not with the gateway's own parts.
 */
export class TestHost {
  readonly received: Received[] = [];
  readonly samples: HeardSample[] = [];
  readonly sequences = new Set<number>();
  duplicates = 0;
  acknowledges = true;
  epoch: number | undefined;
  readonly #client: MqttClient;
  readonly #hostId: string;
  readonly #names = new Map<number, string>();

  private constructor(client: MqttClient, hostId: string) {
    this.#client = client;
    this.#hostId = hostId;
    client.on("message", (topic, bytes) => this.#take(topic, bytes));
  }

  static async start(url: string, hostId = "only-mes", isOnline = true): Promise<TestHost> {
    const timestamp = Date.now();
    const client = await mqtt.connectAsync(url, {
      protocolVersion: 4,
      will: {
        topic: stateTopic(hostId),
        payload: Buffer.from(JSON.stringify({ online: false, timestamp })),
        qos: 1,
        retain: true,
      },
    });
    const host = new TestHost(client, hostId);
    await client.subscribeAsync(everySparkplugTopic, { qos: 1 });
    if (isOnline) await host.say(true, timestamp);
    return host;
  }

  async say(online: boolean, timestamp = Date.now()): Promise<void> {
    await this.#client.publishAsync(
      stateTopic(this.#hostId),
      JSON.stringify({ online, timestamp }),
      { qos: 1, retain: true },
    );
  }

  async askRebirth(group: string, edgeNode: string): Promise<void> {
    await this.command(group, edgeNode, {
      name: rebirthMetric,
      datatype: datatypes.Boolean,
      value: true,
    });
  }

  async command(
    group: string,
    edgeNode: string,
    metric: Metric,
    more: { seq?: number } = {},
  ): Promise<void> {
    await this.publish(`spBv1.0/${group}/NCMD/${edgeNode}`, this.encode(metric, more));
  }

  encode(metric: Metric, more: { seq?: number } = {}): Buffer {
    return Buffer.from(encodePayload({ timestampMs: Date.now(), metrics: [metric], ...more }));
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.#client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  }

  of(type: SparkplugTopic["type"]): Received[] {
    return this.received.filter((message) => message.type === type);
  }

  samplesOf(name: string): HeardSample[] {
    return this.samples
      .filter((sample) => sample.name === name)
      .sort((a, b) => a.timestampMs - b.timestampMs || a.sequence - b.sequence);
  }

  ranges(): SequenceRange[] {
    const sorted = [...this.sequences].sort((a, b) => a - b);
    const ranges: [number, number][] = [];
    for (const sequence of sorted) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
      else ranges.push([sequence, sequence]);
    }
    return ranges;
  }

  async acknowledge(group: string, edgeNode: string): Promise<void> {
    await this.command(group, edgeNode, {
      name: deliveryAcknowledgedMetric,
      datatype: datatypes.String,
      value: formatAcknowledgement({ epoch: this.epoch ?? 0, ranges: this.ranges() }),
    });
  }

  /** The will is sent too. */
  kill(): void {
    this.#client.stream.destroy();
    this.#client.end(true);
  }

  async stop(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #take(topic: string, bytes: Buffer): void {
    const parsed = parseTopic(topic);
    if (parsed === undefined || parsed.type === "NCMD" || parsed.type === "DCMD") return;
    const payload = decodePayload(bytes);
    this.received.push({ ...parsed, payload, bytes });
    if (parsed.type === "DBIRTH") {
      for (const { name, alias } of payload.metrics) {
        if (name !== undefined && alias !== undefined) this.#names.set(alias, name);
      }
    }
    if (parsed.type === "DDATA") this.#takeData(parsed, payload);
  }

  #takeData({ group, edgeNode, device = "" }: SparkplugTopic, payload: SparkplugPayload): void {
    const named = payload.metrics.map((metric) => ({
      metric,
      name: metric.name ?? this.#names.get(metric.alias ?? -1) ?? `alias ${metric.alias}`,
    }));
    const valueOf = (wanted: string) =>
      Number(named.find(({ name }) => name === wanted)?.metric.value);
    const sequence = valueOf(deliverySequenceMetric);
    this.epoch = valueOf(deliveryEpochMetric);
    if (this.sequences.has(sequence)) this.duplicates += 1;
    else {
      this.sequences.add(sequence);
      for (const { name, metric } of named) {
        if (name === deliverySequenceMetric || name === deliveryEpochMetric) continue;
        this.samples.push({
          device,
          name,
          sequence,
          timestampMs: metric.timestampMs ?? 0,
          value: metric.value,
          isHistorical: metric.isHistorical === true,
        });
      }
    }
    if (this.acknowledges) void this.acknowledge(group, edgeNode);
  }
}
