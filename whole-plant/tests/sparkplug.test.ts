import { EventEmitter, once } from "node:events";
import mqtt from "mqtt";
import sparkplug from "sparkplug-payload";
import type { UPayload } from "sparkplug-payload/lib/sparkplugbpayload.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plant } from "../src/plant.ts";
import {
  findMosquitto,
  startMosquitto,
  type Mosquitto,
} from "../../simulators/src/broker/mosquitto.ts";
import { clockAt, temporaryPlant } from "./temporary-plant.ts";

/**
 * What an independent subscriber sees: a plain MQTT client and the Tahu payload library, nothing of ours
 * but the plant that publishes. Rules by their ids in the Sparkplug 3.0 TCK.
 */
const codec = sparkplug.get("spBv1.0");
/** More than the sequence has numbers, so that its end is seen too. */
const dataMessages = 300;
/** Of the plant: what it has to tell comes sooner. */
const speed = 10;

interface Heard {
  type: string;
  device?: string;
  payload: UPayload;
  qos: number;
  retain: boolean;
}

const program = findMosquitto();
const brokers = program === undefined ? ["embedded"] : ["embedded", "mosquitto"];
if (program === undefined) {
  process.stderr.write(
    "mosquitto is not installed: Sparkplug is tested on the embedded broker only\n",
  );
}

describe.each(brokers)("Sparkplug B on the %s broker", (kind) => {
  let mosquitto: Mosquitto | undefined;
  let plant: Plant;
  let client: mqtt.MqttClient;
  const heard: Heard[] = [];
  const ear = new EventEmitter();
  /** However long it takes: only the test runner's own bound ends it. */
  const heardAtLeast = async (count: number, wanted: string) => {
    while (heard.filter(({ type }) => type === wanted).length < count) await once(ear, "heard");
  };

  beforeAll(async () => {
    if (kind === "mosquitto" && program !== undefined) mosquitto = await startMosquitto(program);
    process.env.MQTT_URL = mosquitto?.url ?? "";
    if (mosquitto === undefined) delete process.env.MQTT_URL;
    plant = await temporaryPlant({ clock: clockAt(speed), onRestart: () => {} });
    delete process.env.MQTT_URL;
    client = mqtt.connect(plant.mqtt);
    client.on("message", (topic, bytes, packet) => {
      const [, , type = "", , device] = topic.split("/");
      if (type === "NCMD" || type === "DCMD" || topic.includes("/STATE/")) return;
      const payload = codec?.decodePayload(bytes) ?? {};
      heard.push({
        type,
        payload,
        qos: packet.qos,
        retain: packet.retain,
        ...(device !== undefined && { device }),
      });
      ear.emit("heard");
    });
    await client.subscribeAsync("spBv1.0/#", { qos: 1 });
    const gateway = plant.gateway?.current();
    gateway?.kill();
    await gateway?.exited;
    await heardAtLeast(4, "DBIRTH");
    await heardAtLeast(dataMessages, "DDATA");
  }, 300_000);

  afterAll(async () => {
    await client.endAsync();
    await plant.stop();
    await mosquitto?.close();
  });

  const afterBirth = (): Heard[] => heard.slice(heard.findIndex(({ type }) => type === "NBIRTH"));
  const metrics = ({ payload }: Heard) => payload.metrics ?? [];

  it("[tck-id-message-flow-edge-node-birth-publish-will-message] a killed gateway dies by its will", () => {
    const death = heard.find(({ type }) => type === "NDEATH");
    expect(death).toMatchObject({ retain: false });
    expect(death?.payload.metrics?.map(({ name }) => name)).toEqual(["bdSeq"]);
  });

  it("[tck-id-topics-nbirth-seq-num] NBIRTH has seq 0 and a bdSeq one higher than the death", () => {
    const death = heard.find(({ type }) => type === "NDEATH");
    const birth = heard.find(({ type }) => type === "NBIRTH");
    expect(Number(birth?.payload.seq)).toBe(0);
    const bdSeq = (message: Heard | undefined): number =>
      Number(message?.payload.metrics?.find(({ name }) => name === "bdSeq")?.value);
    expect(bdSeq(birth)).toBe((bdSeq(death) + 1) % 256);
  });

  it("[tck-id-payloads-sequence-num-incrementing] the sequence has no gap", () => {
    const sequence = afterBirth()
      .filter(({ type }) => type !== "NDEATH")
      .map(({ payload }) => Number(payload.seq));
    expect(sequence).toEqual(sequence.map((_, index) => index % 256));
  });

  it("[tck-id-payloads-ddata-order] every device is born before its data", () => {
    const born = new Set<string>();
    const unborn = afterBirth().filter(({ type, device = "" }) => {
      if (type === "DBIRTH") born.add(device);
      return type === "DDATA" && !born.has(device);
    });
    expect(unborn).toEqual([]);
    expect([...born].toSorted()).toEqual(["bottling-meter", "bottling-plc", "press-a", "press-b"]);
  });

  it("[tck-id-payloads-alias-uniqueness] [tck-id-payloads-alias-data-cmd-requirement] data goes by alias alone", () => {
    const aliases = new Map<number, string>();
    const births = afterBirth().filter(({ type }) => type.endsWith("BIRTH"));
    for (const { device = "", ...birth } of births) {
      for (const { name, alias } of metrics({ device, ...birth })) {
        if (alias === undefined || alias === null) continue;
        const owner = `${device} ${name}`;
        expect(aliases.get(Number(alias)) ?? owner).toBe(owner);
        aliases.set(Number(alias), owner);
      }
    }
    for (const data of afterBirth().filter(({ type }) => type === "DDATA")) {
      for (const metric of metrics(data)) {
        expect(metric.name ?? "").toBe("");
        expect(aliases.get(Number(metric.alias))).toMatch(new RegExp(`^${data.device} `));
      }
    }
  });

  it("[tck-id-operational-behavior-data-commands-rebirth-name-aliases] rebirth is false and has no alias", () => {
    const birth = heard.find(({ type }) => type === "NBIRTH");
    const rebirth = birth?.payload.metrics?.find(({ name }) => name === "Node Control/Rebirth");
    expect(rebirth).toMatchObject({ value: false, type: "Boolean" });
    expect(rebirth?.alias ?? undefined).toBeUndefined();
  });

  it("[tck-id-topics-nbirth-metric-reqs] births name and type every metric, with a value or null", () => {
    for (const birth of afterBirth().filter(({ type }) => type.endsWith("BIRTH"))) {
      for (const metric of metrics(birth)) {
        expect(metric.name).toBeTruthy();
        expect(metric.type).toBeTruthy();
        expect(metric.isNull === true || metric.value !== undefined).toBe(true);
      }
    }
  });

  it("every DDATA carries epoch and a sequence of delivery that grows", () => {
    const names = new Map<number, string>();
    for (const birth of afterBirth().filter(({ type }) => type === "DBIRTH")) {
      for (const { name, alias } of metrics(birth)) names.set(Number(alias), name ?? "");
    }
    const sequenceOf = (data: Heard): number =>
      Number(
        metrics(data).find(({ alias }) => names.get(Number(alias)) === "Delivery/Sequence")?.value,
      );
    const data = afterBirth().filter(({ type }) => type === "DDATA");
    expect(data.every((each) => sequenceOf(each) > 0)).toBe(true);
    // What was held, and what is sent a second time, is history: it may come in any order.
    const live = data.filter((each) => !metrics(each).some(({ isHistorical }) => isHistorical));
    const sequences = live.map((each) => sequenceOf(each));
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    // Data of the node itself, between those of its devices, take their numbers of the same 256.
    const all = afterBirth().filter(({ type }) => type === "DDATA" || type === "NDATA");
    expect(new Set(all.map((each) => Number(each.payload.seq))).size).toBe(256);
  });

  it("[tck-id-message-flow-edge-node-ncmd-subscribe] a rebirth command is answered with births", async () => {
    const before = heard.filter(({ type }) => type === "NBIRTH").length;
    const command = codec?.encodePayload({
      timestamp: Date.now(),
      metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: true }],
    });
    await client.publishAsync("spBv1.0/lakeside/NCMD/edge-1", Buffer.from(command ?? []), {
      qos: 0,
    });
    await heardAtLeast(before + 1, "NBIRTH");
    const births = heard.filter(({ type }) => type === "NBIRTH");
    expect(births.at(-1)?.payload.metrics?.find(({ name }) => name === "bdSeq")?.value).toEqual(
      births.at(-2)?.payload.metrics?.find(({ name }) => name === "bdSeq")?.value,
    );
  });
});
