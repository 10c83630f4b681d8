import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  datatypes,
  decodePayload,
  encodePayload,
  type Metric,
} from "@only-mes/protocols/sparkplug/payload";
import {
  everySparkplugTopic,
  parseHostState,
  stateTopic,
} from "@only-mes/protocols/sparkplug/topics";
import { connectAsync } from "mqtt";
import { beforeAll, expect, test, vi } from "vitest";
import { findMosquitto, startMosquitto } from "../../../simulators/src/broker/mosquitto.ts";
import { startMqttTap, type MqttTap, type Packet } from "../../../simulators/src/faults/mqttTap.ts";
import { definitionOf } from "../../tests/lane-under-test.ts";
import { OutboxNode } from "../../tests/outbox-node.ts";
import { runServer, type RunningServer } from "../../tests/running-server.ts";
import { ServerDatabases } from "../../tests/server-databases.ts";
import { startBroker } from "../broker/startBroker.ts";

/** The rules of a host application by their ids in the Sparkplug 3.0 TCK, on what a mosquitto was told. */
const program = findMosquitto();
if (program === undefined) {
  process.stderr.write(
    "mosquitto is not installed: the rules of Sparkplug are tried on the embedded broker\n",
  );
}

const reorderMs = 3000;
const within = { timeout: 30_000, interval: 10 };
const ownState = stateTopic("only-mes");

interface Asked {
  /** Rebirths that were asked for. */
  missingAtOnce: number;
  missingInTheEnd: number;
  swapped: number;
  /** From the message before which one was missing to the request. */
  waitedMs: number;
}

/** Whether the signal was stale before the death, and after it. */
const stale: Record<"NDEATH" | "DDEATH", (boolean | undefined)[]> = { NDEATH: [], DDEATH: [] };

let packets: readonly Packet[];
let startedAtMs: number;
let endedFromMs: number;
const asked: Asked = { missingAtOnce: 0, missingInTheEnd: 0, swapped: 0, waitedMs: 0 };

beforeAll(async () => {
  const databases = new ServerDatabases();
  const directory = await mkdtemp(join(tmpdir(), "only-mes-host-"));
  const broker = await startAnyBroker();
  const tap = await startMqttTap(broker.port);
  const url = `mqtt://127.0.0.1:${broker.port}`;
  startedAtMs = Date.now();
  process.env["MQTT_URL"] = tap.url;
  const server = await runServer(databases, directory, ["--reorder-ms", String(reorderMs)]);
  delete process.env["MQTT_URL"];
  try {
    await letAnOldWillBeHeard(url, tap);
    asked.swapped = await swapTwo(url);
    await letOneBeMissing(url);
    stale.NDEATH = await die(server, url, "node-dies", (node) => node.die());
    stale.DDEATH = await die(server, url, "device-dies", (node) =>
      node.publish(
        "DDEATH",
        "plc",
        encodePayload({ timestampMs: Date.now(), seq: node.nextSeq(), metrics: [] }),
      ),
    );
    endedFromMs = Date.now();
  } finally {
    await server.stop();
    packets = hostSession(tap);
    await tap.close();
    await broker.close();
    await databases.remove(directory);
  }
}, 120_000);

async function startAnyBroker(): Promise<{ port: number; close(): Promise<void> }> {
  return program === undefined ? await startBroker("127.0.0.1", 0) : await startMosquitto(program);
}

/** What the host application has said, and no other client of the server. */
function hostSession({ sessions }: MqttTap): MqttTap["sessions"][number] {
  return sessions.find((packets) => ownStates(packets).length > 0) ?? [];
}

async function letAnOldWillBeHeard(url: string, tap: MqttTap): Promise<void> {
  const stranger = await connectAsync(url);
  const old = JSON.stringify({ online: false, timestamp: 1 });
  await vi.waitUntil(() => ownStates(hostSession(tap)).length === 1, within);
  await stranger.publishAsync(ownState, old, { qos: 1, retain: true });
  await vi.waitUntil(() => ownStates(hostSession(tap)).length === 2, within);
  await stranger.endAsync();
}

async function bornNode(url: string, name: string): Promise<OutboxNode> {
  const node = await OutboxNode.connect(url, name);
  await node.until(() => node.hostIsOnline);
  const definition = definitionOf(name, "good", { role: "goodCount", maxRatePerSecond: 100 });
  await node.bear([{ definition, name: "machine/good", alias: 10, datatype: 7, value: 5 }]);
  return node;
}

const good = (value: number): Metric => ({
  alias: 10,
  timestampMs: Date.now(),
  datatype: datatypes.UInt32,
  value,
});

/** The later one first, and then the one that was missing. */
async function swapTwo(url: string): Promise<number> {
  const node = await bornNode(url, "swaps");
  await node.send(2, [good(7)], { seq: 3 });
  await node.send(1, [good(6)], { seq: 2 });
  await node.send(3, [good(8)], { seq: 4 });
  await node.until(() => node.hasAcknowledged(1) && node.hasAcknowledged(3));
  const requests = node.rebirthRequests;
  await node.close();
  return requests;
}

async function letOneBeMissing(url: string): Promise<void> {
  const node = await bornNode(url, "misses");
  const from = performance.now();
  await node.send(1, [good(6)], { seq: 3 });
  await node.until(() => node.hasAcknowledged(1));
  asked.missingAtOnce = node.rebirthRequests;
  await node.until(() => node.rebirthRequests > 0);
  asked.waitedMs = performance.now() - from;
  asked.missingInTheEnd = node.rebirthRequests;
  await node.close();
}

async function die(
  server: RunningServer,
  url: string,
  name: string,
  how: (node: OutboxNode) => Promise<void>,
): Promise<(boolean | undefined)[]> {
  const node = await bornNode(url, name);
  await node.send(1, [good(6)]);
  await node.until(() => node.hasAcknowledged(1));
  const isStale = async () =>
    (await server.api<{ stale?: boolean }>(`/signals/${name}.machine.good`)).stale;
  await vi.waitUntil(async () => (await isStale()) === false, within);
  const before = await isStale();
  await how(node);
  await vi.waitUntil(async () => (await isStale()) === true, within);
  await node.close();
  return [before, await isStale()];
}

type Publish = Extract<Packet, { kind: "publish" }>;

const told = (): Publish[] =>
  packets.filter(
    (packet): packet is Publish => packet.kind === "publish" && packet.from === "node",
  );
function ownStates(of: readonly Packet[]): Publish[] {
  return of.filter(
    (packet): packet is Publish =>
      packet.kind === "publish" && packet.from === "node" && packet.topic === ownState,
  );
}
const stateOf = (packet: Publish | undefined) =>
  packet === undefined ? undefined : (JSON.parse(packet.payload.toString()) as unknown);
const birth = () => ownStates(packets)[0];
const will = () => {
  const [connect] = packets;
  if (connect?.kind !== "connect" || connect.will === undefined)
    throw new Error("there is no will");
  return connect.will;
};
const numeric: unknown = expect.any(Number);
const rebirths = () =>
  told().filter(
    ({ topic, payload }) =>
      topic.includes("/NCMD/") &&
      decodePayload(payload).metrics.some(({ name }) => name === "Node Control/Rebirth"),
  );

test("tck-id-host-topic-phid-birth-message", () => {
  expect(told()[0]?.topic).toBe(ownState);
});

test("tck-id-host-topic-phid-birth-topic", () => {
  expect(birth()?.topic).toBe("spBv1.0/STATE/only-mes");
});

test("tck-id-host-topic-phid-birth-sub-required", () => {
  const [, second] = packets;
  expect(second).toMatchObject({
    kind: "subscribe",
    topics: expect.arrayContaining([
      { topic: ownState, qos: 1 },
      { topic: everySparkplugTopic, qos: 1 },
    ]),
  });
});

test("tck-id-host-topic-phid-birth-required", () => {
  const ofHost = packets.filter((packet) => packet.kind !== "publish" || packet.from === "node");
  expect(ofHost.slice(0, 3).map(({ kind }) => kind)).toEqual(["connect", "subscribe", "publish"]);
  expect(ofHost[2]).toBe(birth());
});

test("tck-id-host-topic-phid-birth-payload", () => {
  expect(stateOf(birth())).toEqual({ online: true, timestamp: numeric });
});

test("tck-id-host-topic-phid-birth-payload-timestamp", () => {
  expect(parseHostState(birth()?.payload ?? Buffer.of())?.timestamp).toBe(
    parseHostState(will().payload)?.timestamp,
  );
});

test("tck-id-host-topic-phid-birth-qos", () => {
  expect(birth()?.qos).toBe(1);
});

test("tck-id-host-topic-phid-birth-retain", () => {
  expect(birth()?.isRetained).toBe(true);
});

test("tck-id-host-topic-phid-death-required", () => {
  expect(will()).toBeDefined();
});

test("tck-id-host-topic-phid-death-topic", () => {
  expect(will().topic).toBe("spBv1.0/STATE/only-mes");
});

test("tck-id-host-topic-phid-death-payload", () => {
  expect(JSON.parse(will().payload.toString())).toEqual({ online: false, timestamp: numeric });
});

test("tck-id-host-topic-phid-death-payload-timestamp-connect", () => {
  const timestamp = parseHostState(will().payload)?.timestamp ?? 0;
  expect(timestamp).toBeGreaterThanOrEqual(startedAtMs);
  expect(timestamp).toBeLessThanOrEqual(endedFromMs);
});

test("tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean", () => {
  const ofHost = packets.filter((packet) => packet.kind !== "publish" || packet.from === "node");
  expect(ofHost.at(-1)?.kind).toBe("disconnect");
  expect(ofHost.at(-2)).toBe(ownStates(packets).at(-1));
  const state = parseHostState(ownStates(packets).at(-1)?.payload ?? Buffer.of());
  expect(state?.online).toBe(false);
  expect(state?.timestamp).toBeGreaterThanOrEqual(endedFromMs);
});

test("tck-id-host-topic-phid-death-qos", () => {
  expect([will().qos, ownStates(packets).at(-1)?.qos]).toEqual([1, 1]);
});

test("tck-id-host-topic-phid-death-retain", () => {
  expect([will().isRetained, ownStates(packets).at(-1)?.isRetained]).toEqual([true, true]);
});

test("its own STATE seen as false is answered by true at once", () => {
  const states = ownStates(packets).map((packet) => parseHostState(packet.payload)?.online);
  expect(states).toEqual([true, true, false]);
});

test("tck-id-operational-behavior-host-reordering-param", () => {
  // Timers may be early by a part of a millisecond, and as late as they like.
  expect(asked.waitedMs).toBeGreaterThan(reorderMs - 1);
});

test("tck-id-operational-behavior-host-reordering-start", () => {
  expect(asked.missingAtOnce).toBe(0);
});

test("tck-id-operational-behavior-host-reordering-rebirth", () => {
  expect(asked.missingInTheEnd).toBe(1);
});

test("tck-id-operational-behavior-host-reordering-success", () => {
  expect(asked.swapped).toBe(0);
});

test("tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale", () => {
  expect(stale.NDEATH).toEqual([false, true]);
});

test("tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale", () => {
  expect(stale.DDEATH).toEqual([false, true]);
});

test("tck-id-operational-behavior-data-commands-ncmd-rebirth-verb", () => {
  expect(rebirths().map(({ topic }) => topic)).toEqual(["spBv1.0/test/NCMD/misses"]);
});

test("tck-id-operational-behavior-data-commands-ncmd-rebirth-name", () => {
  const [request] = rebirths().map(({ payload }) => decodePayload(payload));
  expect(request?.metrics.map(({ name }) => name)).toEqual(["Node Control/Rebirth"]);
});

test("tck-id-operational-behavior-data-commands-ncmd-rebirth-value", () => {
  const [request] = rebirths().map(({ payload }) => decodePayload(payload));
  expect(request?.metrics.map(({ value }) => value)).toEqual([true]);
});

const commands = () => told().filter(({ topic }) => topic.includes("/NCMD/"));

test("tck-id-topics-ncmd-mqtt", () => {
  expect(commands().length).toBeGreaterThan(1);
  expect(commands().filter(({ qos, isRetained }) => qos !== 0 || isRetained)).toEqual([]);
});

test("tck-id-topics-ncmd-timestamp", () => {
  const payloads = commands().map(({ payload }) => decodePayload(payload));
  expect(payloads.filter(({ timestampMs }) => timestampMs === undefined)).toEqual([]);
  expect(payloads.filter(({ seq }) => seq !== undefined)).toEqual([]);
});
