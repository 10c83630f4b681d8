import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signalDefinition } from "@only-mes/protocols/plant/signal";
import {
  deliveryAcknowledgedMetric,
  deliveryEpochMetric,
  deliverySequenceMetric,
  formatAcknowledgement,
} from "@only-mes/protocols/sparkplug/delivery";
import {
  datatypes,
  decodePayload,
  encodePayload,
  type Metric,
} from "@only-mes/protocols/sparkplug/payload";
import { formatTopic, parseTopic, stateTopic } from "@only-mes/protocols/sparkplug/topics";
import { publishLoad } from "./publishLoad.ts";

/** A host application in small: it acknowledges what it has heard. */
let broker: Aedes;
let server: Server;
let host: MqttClient;
let url = "";
let births: Metric[][] = [];
let samples: Metric[] = [];
let gaps = 0;
/** Which messages it does not acknowledge at their first coming. */
let forgets: (sequence: number) => boolean = () => false;
const forgotten = new Set<string>();
const lastSeq = new Map<string, number>();

beforeEach(async () => {
  broker = await Aedes.createBroker();
  server = createServer(broker.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
  host = await connectAsync(url);
  [births, samples, gaps] = [[], [], 0];
  forgets = () => false;
  host.on("message", (topic, bytes) => hear(topic, bytes));
  await host.subscribeAsync("spBv1.0/+/+/+/#");
  await host.publishAsync(stateTopic("only-mes"), '{"online":true,"timestamp":1}', {
    retain: true,
  });
});

afterEach(async () => {
  await host.endAsync(true);
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  server.close();
});

function hear(topic: string, bytes: Buffer): void {
  const parsed = parseTopic(topic);
  if (parsed === undefined || parsed.type === "NCMD" || parsed.type === "NDEATH") return;
  const { group, edgeNode } = parsed;
  const { seq, metrics } = decodePayload(bytes);
  if (parsed.type !== "NBIRTH" && seq !== ((lastSeq.get(edgeNode) ?? 0) + 1) % 256) gaps += 1;
  lastSeq.set(edgeNode, seq ?? -1);
  if (parsed.type === "DBIRTH") births.push(metrics);
  if (parsed.type !== "DDATA") return;
  const [epoch, sequence, ...rest] = metrics;
  const number = Number(sequence?.value);
  const key = `${edgeNode}/${number}`;
  if (forgets(number) && !forgotten.has(key)) {
    forgotten.add(key);
    return;
  }
  samples.push(...rest);
  const text = formatAcknowledgement({ epoch: Number(epoch?.value), ranges: [[number, number]] });
  const metric = { name: deliveryAcknowledgedMetric, datatype: datatypes.String, value: text };
  host.publish(
    formatTopic({ group, type: "NCMD", edgeNode }),
    Buffer.from(encodePayload({ metrics: [metric] })),
  );
}

const small = { edgeNodes: 2, signalsPerNode: 10, samplesPerMessage: 50, window: 4 };

describe("a load", () => {
  it("is acknowledged to the last sample, in valid Sparkplug messages", async () => {
    const result = await publishLoad({ mqttUrl: url, ...small, samples: 4000 });
    expect(result).toMatchObject({
      published: { messages: 80, samples: 4000 },
      acknowledged: { messages: 80, samples: 4000 },
      resent: 0,
    });
    expect(result.latencyMs.p99).toBeGreaterThanOrEqual(result.latencyMs.p50);
    expect(samples).toHaveLength(4000);
    expect(gaps).toBe(0);
    expect(births).toHaveLength(2);
    const names = births[0]?.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([deliveryEpochMetric, deliverySequenceMetric, "machine/good-count"]),
    );
    for (const { name, properties } of births[0] ?? []) {
      if (name?.startsWith("Delivery/") === true) continue;
      const definition: unknown = JSON.parse(String(properties?.Definition?.value));
      expect(signalDefinition.safeParse(definition).success).toBe(true);
    }
  });

  it("gives no signal two samples of one instant", async () => {
    await publishLoad({ mqttUrl: url, ...small, edgeNodes: 1, samples: 2000 });
    const keys = samples.map(({ alias, timestampMs }) => `${alias}@${timestampMs}`);
    expect(new Set(keys).size).toBe(2000);
  });

  it("sends again what is not acknowledged", { timeout: 20_000 }, async () => {
    forgets = (sequence) => sequence % 7 === 0;
    const result = await publishLoad({ mqttUrl: url, ...small, samples: 1000 });
    expect(result.acknowledged.samples).toBe(1000);
    expect(result.resent).toBe(2);
    expect(samples).toHaveLength(1000);
  });

  it("keeps a pace", async () => {
    const result = await publishLoad({
      mqttUrl: url,
      ...small,
      samples: 2000,
      samplesPerSecond: 2000,
    });
    expect(result.seconds).toBeGreaterThan(0.8);
    expect(result.acknowledged.samples).toBe(2000);
  });
});
