import { decodePayload } from "@only-mes/protocols/sparkplug/payload";
import { beforeAll, expect, test } from "vitest";
import {
  dataMessages,
  decode,
  firstBdSeq,
  recordSessions,
  type Recording,
  type Session,
  type Told,
} from "../../tests/recorded-session.ts";
import { edgeNode, group } from "../../tests/uplink-rig.ts";

/** The rules of an edge node by their ids in the Sparkplug 3.0 TCK, on what a mosquitto was told. */
let recording: Recording;
let first: Session;
let second: Session;
let third: Session;

beforeAll(async () => {
  recording = await recordSessions();
  const [one, two, three] = recording.sessions;
  if (one === undefined || two === undefined || three === undefined) {
    throw new Error(`${recording.sessions.length} sessions were recorded`);
  }
  first = one;
  second = two;
  third = three;
});

const node = (type: string) => `spBv1.0/${group}/${type}/${edgeNode}`;
const all = () => recording.sessions.flatMap(({ told }) => told);
const ofType = (told: readonly Told[], type: string) => told.filter((one) => one.type === type);
const births = () => all().filter(({ type }) => type.endsWith("BIRTH"));
const data = () => all().filter(({ type }) => type.endsWith("DATA"));
const connects = () =>
  recording.sessions.map(({ packets: [packet] }) => {
    if (packet?.kind !== "connect") throw new Error("a session begins with CONNECT");
    return packet;
  });
const wills = () =>
  connects().map(({ will }) => {
    if (will === undefined) throw new Error("there is no will");
    return will;
  });
const bdSeqOf = ({ metrics }: Told) => metrics.find(({ name }) => name === "bdSeq")?.value;
const subscriptions = () =>
  recording.sessions.map(({ packets }) =>
    packets.flatMap((packet) => (packet.kind === "subscribe" ? packet.topics : [])),
  );
const rebirthMetrics = () =>
  ofType(all(), "NBIRTH").map(({ metrics }) =>
    metrics.filter(({ name }) => name === "Node Control/Rebirth"),
  );
/** Births of one NBIRTH, then everything until the next one. */
const lives = () => {
  const found: Told[][] = [];
  for (const one of all()) {
    if (one.type === "NBIRTH") found.push([]);
    if (one.type !== "NDEATH") found.at(-1)?.push(one);
  }
  return found;
};

test("tck-id-principles-persistence-clean-session-311", () => {
  expect(connects().map(({ cleanSession }) => cleanSession)).toEqual([true, true, true]);
});

test("tck-id-message-flow-edge-node-birth-publish-will-message", () => {
  expect(connects().every(({ will }) => will !== undefined)).toBe(true);
});

test("tck-id-message-flow-edge-node-birth-publish-will-message-topic", () => {
  expect(new Set(wills().map(({ topic }) => topic))).toEqual(new Set([node("NDEATH")]));
});

test("tck-id-message-flow-edge-node-birth-publish-will-message-payload", () => {
  for (const { payload } of wills()) expect(decodePayload(payload).metrics).toHaveLength(1);
});

test("tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq", () => {
  const told = wills().map(({ payload }) => decode("NDEATH", undefined, payload));
  expect(told.map(({ metrics }) => metrics.map(({ name, type }) => [name, type]))).toEqual(
    told.map(() => [["bdSeq", "Int64"]]),
  );
  expect(told.map((one) => bdSeqOf(one))).toEqual([firstBdSeq, 255, 0]);
});

test("tck-id-message-flow-edge-node-birth-publish-will-message-qos", () => {
  expect(wills().map(({ qos }) => qos)).toEqual([1, 1, 1]);
});

test("tck-id-message-flow-edge-node-birth-publish-will-message-will-retained", () => {
  expect(wills().map(({ isRetained }) => isRetained)).toEqual([false, false, false]);
});

test("tck-id-topics-ndeath-payload", () => {
  expect(recording.deaths.map(({ metrics }) => metrics.map(({ name }) => name))).toEqual(
    recording.deaths.map(() => ["bdSeq"]),
  );
  expect(recording.deaths.map((one) => bdSeqOf(one))).toEqual([firstBdSeq, 255, 0]);
});

test("tck-id-topics-ndeath-seq", () => {
  for (const { payload } of wills()) expect(decodePayload(payload).seq).toBeUndefined();
  expect(recording.deaths.map(({ seq }) => seq ?? 0)).toEqual([0, 0, 0]);
});

test("tck-id-message-flow-edge-node-ncmd-subscribe", () => {
  for (const topics of subscriptions()) {
    expect(topics).toContainEqual({ topic: node("NCMD"), qos: 1 });
  }
});

test("tck-id-message-flow-device-dcmd-subscribe", () => {
  for (const topics of subscriptions()) {
    expect(topics).toContainEqual({ topic: `${node("DCMD")}/+`, qos: 1 });
  }
});

test.for([
  ["tck-id-topics-nbirth-mqtt", "NBIRTH"],
  ["tck-id-topics-dbirth-mqtt", "DBIRTH"],
  ["tck-id-topics-ndata-mqtt", "NDATA"],
  ["tck-id-topics-ddata-mqtt", "DDATA"],
  ["tck-id-topics-ddeath-mqtt", "DDEATH"],
] as const)("%s", ([, type]) => {
  const told = ofType(all(), type);
  expect(told.length).toBeGreaterThan(0);
  expect(told.filter(({ qos, isRetained }) => qos !== 0 || isRetained)).toEqual([]);
});

test("tck-id-topics-nbirth-seq-num", () => {
  expect(ofType(all(), "NBIRTH").map(({ seq }) => seq)).toEqual([0, 0, 0, 0]);
});

test("tck-id-payloads-sequence-num-incrementing", () => {
  expect(lives()[0]?.length).toBeGreaterThan(dataMessages);
  for (const life of lives()) {
    expect(life.map(({ seq }) => seq)).toEqual(life.map((_, index) => index % 256));
  }
});

test("tck-id-payloads-ddeath-seq-inc", () => {
  const told = first.told;
  const at = told.findIndex(({ type }) => type === "DDEATH");
  expect(at).toBeGreaterThan(0);
  expect(told[at]?.seq).toBe(((told[at - 1]?.seq ?? 0) + 1) % 256);
  expect(told[at + 1]?.seq).toBe(((told[at]?.seq ?? 0) + 1) % 256);
});

test("tck-id-payloads-dbirth-order", () => {
  for (const life of lives()) {
    expect(life.slice(0, 3).map(({ type, device }) => [type, device])).toEqual([
      ["NBIRTH", undefined],
      ["DBIRTH", "plc-1"],
      ["DBIRTH", "plc-2"],
    ]);
  }
});

test("tck-id-payloads-ndata-order", () => {
  // Each node had something to tell of itself while its births were under way.
  expect(ofType(all(), "NDATA")).toHaveLength(1);
  for (const life of lives()) {
    expect(ofType(life.slice(0, 3), "NDATA")).toEqual([]);
  }
});

test("tck-id-payloads-ddata-order", () => {
  // Each had data that came while its births were under way.
  for (const life of lives()) {
    expect(life.findIndex(({ type }) => type === "DDATA")).toBeGreaterThanOrEqual(3);
  }
});

test("tck-id-topics-nbirth-metric-reqs", () => {
  const nodeMetrics = ofType(all(), "NBIRTH").map(({ metrics }) => metrics);
  for (const metrics of nodeMetrics) {
    expect(metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["bdSeq", "Node Control/Rebirth"]),
    );
  }
  const keys = (told: readonly Told[]) =>
    told.flatMap(({ metrics }) => metrics.map(({ name, alias }) => alias ?? name));
  const born = new Set(keys(births()));
  const reported = keys(data());
  expect(reported.length).toBeGreaterThan(dataMessages);
  expect(reported.filter((key) => !born.has(key))).toEqual([]);
});

test("tck-id-operational-behavior-data-publish-nbirth-values", () => {
  for (const { metrics } of ofType(all(), "NBIRTH")) {
    expect(metrics.filter(({ name, type }) => name === undefined || type === undefined)).toEqual(
      [],
    );
    expect(metrics.filter(({ value, isNull }) => value === undefined && !isNull)).toEqual([]);
  }
});

test("tck-id-operational-behavior-data-publish-dbirth-values", () => {
  const metrics = ofType(all(), "DBIRTH").flatMap((birth) => birth.metrics);
  expect(metrics.filter(({ name, type }) => name === undefined || type === undefined)).toEqual([]);
  expect(metrics.filter(({ value, isNull }) => value === undefined && !isNull)).toEqual([]);
  expect(metrics.some(({ isNull }) => isNull)).toBe(true);
});

test("tck-id-payloads-name-birth-data-requirement", () => {
  const told = [...births(), ...data()];
  expect(
    told.flatMap(({ metrics }) => metrics.filter(({ timestamp }) => timestamp === undefined)),
  ).toEqual([]);
});

/** Values that are not historical must not go back in time within a message. */
const outOfOrder = (told: readonly Told[]) =>
  told.filter(({ metrics }) => {
    const times = metrics.flatMap(({ isHistorical, timestamp = 0 }) =>
      isHistorical ? [] : [timestamp],
    );
    return times.some((time, index) => index > 0 && time < (times[index - 1] ?? 0));
  });

test("tck-id-operational-behavior-data-publish-nbirth-order", () => {
  expect(outOfOrder(ofType(all(), "NBIRTH"))).toEqual([]);
  expect(outOfOrder(ofType(all(), "NDATA"))).toEqual([]);
});

test("tck-id-operational-behavior-data-publish-dbirth-order", () => {
  expect(ofType(all(), "DBIRTH").some(({ metrics }) => metrics.length === 6)).toBe(true);
  expect(ofType(all(), "DDATA").some(({ metrics }) => metrics.length === 5)).toBe(true);
  expect(outOfOrder(ofType(all(), "DBIRTH"))).toEqual([]);
  expect(outOfOrder(ofType(all(), "DDATA"))).toEqual([]);
});

test("tck-id-payloads-alias-uniqueness", () => {
  const owners = new Map<number, string>();
  for (const { device, metrics } of births()) {
    for (const { name, alias } of metrics) {
      if (alias === undefined) continue;
      const owner = `${device}/${name}`;
      expect(owners.get(alias) ?? owner).toBe(owner);
      owners.set(alias, owner);
    }
  }
  expect(owners.size).toBeGreaterThan(6);
});

test("tck-id-payloads-alias-birth-requirement", () => {
  const metrics = ofType(all(), "DBIRTH").flatMap((birth) => birth.metrics);
  expect(metrics.filter(({ name, alias }) => name === undefined || alias === undefined)).toEqual(
    [],
  );
});

test("tck-id-payloads-alias-data-cmd-requirement", () => {
  const told = births().flatMap(({ metrics }) => metrics);
  const named = new Set(told.flatMap(({ name, alias }) => (alias === undefined ? [name] : [])));
  const metrics = data().flatMap((one) => one.metrics);
  // What its birth gave no alias goes by its name, as the node's own metrics do.
  const wrong = metrics.filter(({ name, alias }) =>
    alias === undefined ? !named.has(name) : name !== undefined,
  );
  expect(wrong).toEqual([]);
  expect(metrics.filter(({ alias }) => alias !== undefined).length).toBeGreaterThan(dataMessages);
});

test("tck-id-operational-behavior-data-commands-rebirth-name", () => {
  expect(rebirthMetrics().map((metrics) => metrics.length)).toEqual([1, 1, 1, 1]);
});

test("tck-id-operational-behavior-data-commands-rebirth-name-aliases", () => {
  expect(rebirthMetrics().map(([metric]) => metric?.alias)).toEqual(
    rebirthMetrics().map(() => undefined),
  );
});

test("tck-id-operational-behavior-data-commands-rebirth-datatype", () => {
  expect(new Set(rebirthMetrics().map(([metric]) => metric?.type))).toEqual(new Set(["Boolean"]));
});

test("tck-id-operational-behavior-data-commands-rebirth-value", () => {
  expect(new Set(rebirthMetrics().map(([metric]) => metric?.value))).toEqual(new Set([false]));
});

/** What the edge node said after the host's request in the first session. */
const afterRequest = () => {
  const isRequest = (packet: Session["packets"][number]) =>
    packet.kind === "publish" &&
    packet.from === "broker" &&
    decodePayload(packet.payload).metrics.some(({ name }) => name === "Node Control/Rebirth");
  const at = first.packets.findIndex(
    (packet) => packet.kind === "publish" && packet.topic === node("NCMD") && isRequest(packet),
  );
  expect(at).toBeGreaterThan(0);
  return first.packets
    .slice(at)
    .flatMap((packet) => (packet.kind === "publish" && packet.from === "node" ? [packet] : []));
};

test("tck-id-operational-behavior-data-commands-rebirth-action-1", () => {
  const types = afterRequest().map(({ topic }) => topic.split("/")[2]);
  expect(types.indexOf("NBIRTH")).toBe(0);
});

test("tck-id-operational-behavior-data-commands-rebirth-action-2", () => {
  const types = afterRequest().map(({ topic }) => topic.split("/")[2]);
  expect(types.slice(0, 4)).toEqual(["NBIRTH", "DBIRTH", "DBIRTH", "DDATA"]);
});

test("tck-id-operational-behavior-data-commands-rebirth-action-3", () => {
  expect(ofType(first.told, "NBIRTH").map((one) => bdSeqOf(one))).toEqual([firstBdSeq, firstBdSeq]);
});

const qualities = () =>
  births().flatMap(({ metrics }) =>
    metrics.flatMap(({ quality }) => (quality === undefined ? [] : [quality])),
  );

test("tck-id-payloads-propertyset-quality-value-type", () => {
  expect(new Set(qualities().map(({ type }) => type))).toEqual(new Set(["Int32"]));
});

test("tck-id-payloads-propertyset-quality-value-value", () => {
  expect(qualities().length).toBeGreaterThan(0);
  expect(qualities().filter(({ value }) => ![0, 192, 500].includes(Number(value)))).toEqual([]);
});

test("tck-id-operational-behavior-device-ddeath", () => {
  expect(ofType(first.told, "DDEATH").map(({ device, metrics }) => [device, metrics])).toEqual([
    ["plc-2", []],
  ]);
});

test("tck-id-operational-behavior-edge-node-termination-host-offline", () => {
  const types = second.packets.flatMap((packet) =>
    packet.kind === "publish" && packet.from === "node"
      ? [packet.topic.split("/")[2]]
      : packet.kind === "disconnect"
        ? ["DISCONNECT"]
        : [],
  );
  expect(types.slice(-2)).toEqual(["NDEATH", "DISCONNECT"]);
});

test("tck-id-operational-behavior-edge-node-termination-host-offline-reconnect", () => {
  expect(connects()).toHaveLength(3);
  expect(ofType(third.told, "NBIRTH").map((one) => bdSeqOf(one))).toEqual([0]);
});

test("tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath", () => {
  expect(third.told.at(-1)?.type).toBe("NDEATH");
});

test("tck-id-operational-behavior-edge-node-intentional-disconnect-packet", () => {
  expect(third.packets.at(-1)?.kind).toBe("disconnect");
});
