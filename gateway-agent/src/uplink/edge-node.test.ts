import mqtt, { type MqttClient } from "mqtt";
import { signalDefinition } from "@only-mes/protocols/plant/signal";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import sparkplug from "sparkplug-payload";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "../../tests/broker.ts";
import { TestHost } from "../../tests/host.ts";
import { edgeNode, group, UplinkRig, type RigOptions } from "../../tests/uplink-rig.ts";

const within = { timeout: 5000, interval: 5 };

/** A subscriber of another make: mqtt.js and the decoder of `sparkplug-payload`. */
interface Stranger {
  messages: {
    type: string;
    device: string | undefined;
    seq: number | undefined;
    metrics: Seen[];
  }[];
  qos: Record<string, number>;
  retained: string[];
  client: MqttClient;
}

interface Seen {
  name?: string | null;
  alias?: unknown;
  type?: string;
  value?: unknown;
  timestamp?: unknown;
  isHistorical?: boolean | null;
  properties?: Record<string, { type: string; value: unknown }> | null;
}

let broker: TestBroker;
let stranger: Stranger;
let host: TestHost | undefined;
let rigs: UplinkRig[];

beforeEach(async () => {
  broker = await startBroker();
  rigs = [];
  host = undefined;
  stranger = await listen(broker.url);
});
afterEach(async () => {
  for (const rig of rigs) {
    await rig.close();
    rig.remove();
  }
  await host?.stop();
  await stranger.client.endAsync(true);
  await broker.close();
});

async function listen(url: string): Promise<Stranger> {
  const client = await mqtt.connectAsync(url);
  const heard: Stranger = { messages: [], qos: {}, retained: [], client };
  const codec = sparkplug.get("spBv1.0");
  client.on("message", (topic, bytes, { qos, retain }) => {
    const [, , type = "", , device] = topic.split("/");
    if (type === "" || topic.includes("/STATE/") || type.endsWith("CMD")) return;
    const payload = codec?.decodePayload(bytes);
    if (retain) heard.retained.push(type);
    heard.qos[type] = qos;
    heard.messages.push({
      type,
      device,
      seq: payload?.seq === undefined || payload.seq === null ? undefined : Number(payload.seq),
      metrics: (payload?.metrics ?? []).map((metric) => ({
        ...(metric as Seen),
        // The decoder keeps 64 bits in an object of its own.
        value:
          typeof metric.value === "object" && metric.value !== null
            ? Number(metric.value)
            : metric.value,
      })),
    });
  });
  await client.subscribeAsync("spBv1.0/#", { qos: 1 });
  return heard;
}

function start(options?: RigOptions): UplinkRig {
  const rig = new UplinkRig(broker.url, options);
  rigs.push(rig);
  rig.node.start();
  return rig;
}

async function startHost(): Promise<TestHost> {
  host = await TestHost.start(broker.url);
  return host;
}

const online = (rig: UplinkRig) => vi.waitFor(() => expect(rig.node.state).toBe("online"), within);
const heard = (type: string) => stranger.messages.filter((message) => message.type === type);
const bdSeqs = (type: string) =>
  heard(type).map(({ metrics }) => Number(metrics.find(({ name }) => name === "bdSeq")?.value));

describe("births", () => {
  test("the property Definition binds the signal", async () => {
    await startHost();
    await online(start());
    await vi.waitFor(() => expect(heard("DBIRTH")).toHaveLength(2), within);
    const count = heard("DBIRTH")[0]?.metrics.find(({ name }) => name === "unit/count");
    expect(count?.properties?.["Quality"]).toEqual({ type: "Int32", value: 192 });
    const definition = count?.properties?.["Definition"]?.value;
    expect(signalDefinition.parse(JSON.parse(String(definition)))).toMatchObject({ name: "count" });
  });

  test("a device that is not connected is born without values, and dies at once", async () => {
    await startHost();
    const rig = new UplinkRig(broker.url);
    rigs.push(rig);
    rig.connected.delete("plc-2");
    rig.node.start();
    await online(rig);
    await vi.waitFor(() => expect(heard("DDEATH")).toHaveLength(1), within);
    const born = heard("DBIRTH").find(({ device }) => device === "plc-2");
    const count = born?.metrics.find(({ name }) => name === "unit/count");
    expect(count?.value).toBeNull();
    expect(count?.properties?.["Quality"]?.value).toBe(0);
  });
});

describe("deaths", () => {
  test("what is held of a dead device is history", async () => {
    const listener = await startHost();
    const rig = start();
    await online(rig);
    listener.acknowledges = false;
    rig.node.deviceDied("plc-2");
    rig.produce(5, "plc-2");
    await vi.waitFor(() => expect(heard("DDATA")).toHaveLength(1), within);
    expect(heard("DDEATH")[0]).toMatchObject({ device: "plc-2", seq: 3, metrics: [] });
    expect(heard("DDATA")[0]?.metrics[2]).toMatchObject({ value: 5, isHistorical: true });
  });
});

describe("the primary host", () => {
  test("a host that dies is noticed by its will", async () => {
    const listener = await startHost();
    const rig = start();
    await online(rig);
    listener.kill();
    host = undefined;
    await vi.waitFor(() => expect(rig.node.state).toBe("waiting"), within);
  });
});

describe("commands", () => {
  test("what this gateway does not know is refused and named, and harms nothing", async () => {
    const listener = await startHost();
    const rig = start();
    await online(rig);
    const { Boolean, String } = datatypes;
    await listener.command(group, edgeNode, {
      name: "Node Control/Reboot",
      datatype: Boolean,
      value: true,
    });
    await listener.command(group, edgeNode, {
      name: "Delivery/Acknowledged",
      datatype: String,
      value: "9:3-1",
    });
    await listener.publish(`spBv1.0/${group}/NCMD/${edgeNode}`, Buffer.from("not Sparkplug"));
    await vi.waitFor(() => expect(rig.refused).toHaveLength(3), within);
    expect(rig.refused.join("\n")).toMatch(/Reboot.*\n.*runs backwards.*\n/);
    rig.produce(3);
    await vi.waitFor(() => expect(listener.samples.map(({ value }) => value)).toEqual([3]), within);
  });
});

describe("delivery", () => {
  test("only the host's acknowledgement trims, and then exactly", async () => {
    const listener = await startHost();
    listener.acknowledges = false;
    const rig = start();
    await online(rig);
    for (const value of [1, 2, 3]) rig.produce(value);
    await vi.waitFor(() => expect(listener.samples).toHaveLength(3), within);
    expect(rig.outbox.figures().held.messages).toBe(3);
    await listener.acknowledge(group, edgeNode);
    await vi.waitFor(() => expect(rig.outbox.figures().held.messages).toBe(0), within);
    expect(rig.outbox.figures().acknowledged).toEqual({ messages: 3, samples: 3 });
  });

  test("after a lost connection everything unacknowledged comes again, and each counts once", async () => {
    const listener = await startHost();
    listener.acknowledges = false;
    const rig = start();
    await online(rig);
    for (const value of [1, 2, 3]) rig.produce(value);
    await vi.waitFor(() => expect(listener.samples).toHaveLength(3), within);
    rig.node.breakConnection();
    rig.produce(4);
    listener.acknowledges = true;
    await vi.waitFor(() => expect(rig.outbox.figures().held.messages).toBe(0), within);
    expect(listener.samples.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
    expect(listener.duplicates).toBeGreaterThanOrEqual(3);
    expect(heard("DDATA").at(-1)?.metrics[2]?.isHistorical).toBe(true);
  });

  test("another run of the gateway goes on with the same aliases, epoch and sequence", async () => {
    const listener = await startHost();
    const first = start();
    await online(first);
    first.produce(1);
    await vi.waitFor(() => expect(first.outbox.figures().held.messages).toBe(0), within);
    const { epoch } = first.outbox;
    await first.close();
    rigs.length = 0;
    const second = start({ primaryHost: "only-mes", dataDir: first.dataDir });
    await online(second);
    second.produce(2);
    await vi.waitFor(() => expect(listener.samples).toHaveLength(2), within);
    expect(second.outbox.epoch).toBe(epoch);
    expect(listener.samples.map(({ sequence, value }) => [sequence, value])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const aliases = heard("DBIRTH").map(({ metrics }) =>
      Object.fromEntries(metrics.map(({ name, alias }) => [name, Number(alias)])),
    );
    expect(aliases[2]).toEqual(aliases[0]);
    expect(bdSeqs("NBIRTH")).toEqual([0, 1]);
  });

  test("without a primary host the broker's word trims", async () => {
    const rig = start({ primaryHost: undefined });
    await online(rig);
    rig.produce(1);
    await vi.waitFor(() => expect(rig.outbox.figures().acknowledged.messages).toBe(1), within);
    await vi.waitFor(() => expect(heard("DDATA")).toHaveLength(1), within);
    expect(stranger.qos["DDATA"]).toBe(0);
  });

  test("a broker that is not there yet is waited for", async () => {
    const { port } = broker;
    await stranger.client.endAsync(true);
    await broker.close();
    const rig = start();
    await vi.waitFor(() => expect(rig.errors.length).toBeGreaterThan(1), within);
    broker = await startBroker(port);
    stranger = await listen(broker.url);
    await startHost();
    await online(rig);
  });
});
