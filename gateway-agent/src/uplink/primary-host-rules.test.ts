import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TestHost } from "../../tests/host.ts";
import { startRuleBroker, type RuleBroker } from "../../tests/rule-broker.ts";
import { edgeNode, group, UplinkRig } from "../../tests/uplink-rig.ts";

/** The rules of primary hosts by their ids in the Sparkplug 3.0 TCK, against a mosquitto. */
const within = { timeout: 20_000, interval: 5 };
const hostId = "scada";

let broker: RuleBroker;
let host: TestHost;
let rig: UplinkRig;
let stranger: MqttClient;
let nodeCommands: number;

beforeEach(async () => {
  broker = await startRuleBroker();
  host = await TestHost.start(broker.url, hostId, false);
  stranger = await mqtt.connectAsync(broker.url);
  rig = new UplinkRig(broker.url, { primaryHost: hostId, trimmedBy: "broker" });
  nodeCommands = 0;
  rig.node.start();
  await vi.waitUntil(() => rig.node.state === "waiting", within);
});
afterEach(async () => {
  await rig.close();
  rig.remove();
  await stranger.endAsync(true);
  await host.stop();
  await broker.close();
});

/** The broker keeps the order of one publisher: what it said before has arrived by then. */
async function whatWasSaidHasArrived(): Promise<void> {
  nodeCommands += 1;
  const metric = { name: "Node Control/None", datatype: datatypes.Boolean, value: true };
  await host.command(group, edgeNode, metric);
  await vi.waitFor(() => expect(rig.refused).toHaveLength(nodeCommands), within);
}

const online = () => vi.waitFor(() => expect(rig.node.state).toBe("online"), within);

test("tck-id-message-flow-edge-node-birth-publish-phid-wait", async () => {
  rig.produce(1);
  await whatWasSaidHasArrived();
  expect(host.received).toEqual([]);
  await host.say(true, 2000);
  await online();
  await vi.waitFor(() => expect(host.of("DDATA")).toHaveLength(1), within);
});

test("tck-id-message-flow-edge-node-birth-publish-phid-wait-id", async () => {
  const other = await TestHost.start(broker.url, "another-host");
  await whatWasSaidHasArrived();
  expect(rig.node.state).toBe("waiting");
  expect(host.of("NBIRTH")).toEqual([]);
  await other.stop();
});

test("tck-id-message-flow-edge-node-birth-publish-phid-wait-online", async () => {
  await host.say(false, 2000);
  await whatWasSaidHasArrived();
  expect(rig.node.state).toBe("waiting");
  await host.say(true, 3000);
  await online();
});

test("tck-id-message-flow-edge-node-birth-publish-phid-wait-timestamp", async () => {
  await host.say(false, 2000);
  await host.say(true, 1000);
  await whatWasSaidHasArrived();
  expect(rig.node.state).toBe("waiting");
  await host.say(true, 2000);
  await online();
});

test("tck-id-message-flow-edge-node-birth-publish-phid-offline", async () => {
  await host.say(true, 2000);
  await online();
  await host.say(false, 2000);
  await vi.waitFor(() => expect(host.of("NDEATH")).toHaveLength(1), within);
  await vi.waitFor(() => expect(rig.node.state).toBe("waiting"), within);
});

test("tck-id-operational-behavior-edge-node-termination-host-offline-timestamp", async () => {
  await host.say(true, 2000);
  await online();
  await host.say(false, 1999);
  await whatWasSaidHasArrived();
  expect(rig.node.state).toBe("online");
  expect(host.of("NDEATH")).toEqual([]);
});

describe("a host that is not ours", () => {
  test("knows no Delivery/*: the broker's word trims, once it has taken the message", async () => {
    host.acknowledges = false;
    await host.say(true, 2000);
    await online();
    for (let value = 0; value < 200; value += 1) rig.produce(value);
    await vi.waitFor(
      () =>
        expect(rig.outbox.figures()).toMatchObject({
          acknowledged: { messages: 200 },
          held: { messages: 0 },
        }),
      within,
    );
    await vi.waitFor(() => expect(host.of("DDATA")).toHaveLength(200), within);
    expect(rig.node.figures().resent).toBe(0);
  });

  test("that goes away stops everything, and nothing is lost until it is back", async () => {
    await host.say(true, 2000);
    await online();
    await host.say(false, 3000);
    await vi.waitFor(() => expect(rig.node.state).toBe("waiting"), within);
    for (let value = 0; value < 3; value += 1) rig.produce(value);
    await whatWasSaidHasArrived();
    expect(rig.outbox.figures().held.messages).toBe(3);
    await host.say(true, 4000);
    await vi.waitFor(() => expect(rig.outbox.figures().held.messages).toBe(0), within);
    await vi.waitFor(
      () =>
        expect(host.samples.map(({ value, isHistorical }) => [value, isHistorical])).toEqual([
          [0, true],
          [1, true],
          [2, true],
        ]),
      within,
    );
  });

  test("of Sparkplug 2.2 says ONLINE and OFFLINE under STATE/<id>", async () => {
    const say = (text: string) =>
      stranger.publishAsync(`STATE/${hostId}`, text, { qos: 1, retain: true });
    await say("ONLINE");
    await online();
    await say("OFFLINE");
    await vi.waitFor(() => expect(host.of("NDEATH")).toHaveLength(1), within);
    await say("ONLINE");
    await online();
    // Once the newer form was heard, the older one says nothing more.
    await host.say(true, 2000);
    await whatWasSaidHasArrived();
    await say("OFFLINE");
    await stranger.publishAsync(`spBv1.0/${group}/NCMD/${edgeNode}`, Buffer.from("not Sparkplug"), {
      qos: 1,
    });
    await vi.waitFor(() => expect(rig.refused).toHaveLength(2), within);
    expect(rig.node.state).toBe("online");
  });

  test("may say nonsense as its STATE: it is ignored", async () => {
    for (const text of [
      "",
      "{",
      "null",
      "true",
      '{"online":"yes","timestamp":1}',
      '{"online":true}',
    ]) {
      await stranger.publishAsync(`spBv1.0/STATE/${hostId}`, text, { qos: 1, retain: true });
    }
    await stranger.publishAsync(
      `spBv1.0/STATE/${hostId}`,
      '{"online":true,"timestamp":5,"more":1}',
      {
        qos: 1,
      },
    );
    await online();
    expect(rig.errors).toEqual([]);
  });
});

describe("what real hosts do, and is tolerated", () => {
  beforeEach(async () => {
    await host.say(true, 2000);
    await online();
  });

  test("a seq in a command, and an alias on the rebirth", async () => {
    const rebirth = { name: "Node Control/Rebirth", alias: 4, datatype: datatypes.Boolean };
    await host.command(group, edgeNode, { ...rebirth, value: true }, { seq: 9 });
    await vi.waitFor(() => expect(host.of("NBIRTH")).toHaveLength(2), within);
  });

  test("a retained command is never carried out, in no session", async () => {
    const topic = `spBv1.0/${group}/NCMD/${edgeNode}`;
    const bytes = host.encode({
      name: "Node Control/Rebirth",
      datatype: datatypes.Boolean,
      value: true,
    });
    // Live subscribers get it without the flag, once; the next session gets it with it.
    await stranger.publishAsync(topic, bytes, { qos: 1, retain: true });
    await vi.waitFor(() => expect(rig.node.figures().rebirths).toBe(1), within);
    rig.node.breakConnection();
    await vi.waitFor(
      () => expect(rig.refused).toEqual([expect.stringMatching(/retained/)]),
      within,
    );
    await online();
    expect(rig.node.figures().rebirths).toBe(1);
  });

  test("rebirths without end: they come together in few", async () => {
    await Promise.all(Array.from({ length: 50 }, () => host.askRebirth(group, edgeNode)));
    await vi.waitFor(() => expect(rig.node.figures().rebirths).toBeGreaterThan(1), within);
    await whatWasSaidHasArrived();
    expect(rig.node.figures().rebirths).toBeLessThan(50);
  });
});
