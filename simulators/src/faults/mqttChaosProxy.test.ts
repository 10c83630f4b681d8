import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mqttChaosProxy, type ChaosProxy } from "./mqttChaosProxy.ts";

let broker: Aedes;
let server: Server;
let proxy: ChaosProxy;
let gateway: MqttClient;
let host: MqttClient;
let proxyUrl = "";
let heard: number[] = [];

beforeEach(async () => {
  broker = await Aedes.createBroker();
  server = createServer(broker.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
  proxy = mqttChaosProxy({ seed: 3 });
  proxyUrl = await proxy.listenBefore(url);
  gateway = await connectAsync(proxyUrl, { reconnectPeriod: 0 });
  gateway.on("error", () => {});
  host = await connectAsync(url);
  heard = [];
  host.on("message", (_, payload) => heard.push(Number(payload)));
  await host.subscribeAsync("plant/#");
});

afterEach(async () => {
  await Promise.all([gateway.endAsync(true), host.endAsync(true)]);
  await proxy.close();
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  server.close();
});

/** Settles when the last one has gone through the proxy. */
async function publish(count: number, first = 0): Promise<void> {
  const before = proxy.counts().packets;
  for (let number = first; number < first + count; number += 1) {
    await gateway.publishAsync("plant/data", String(number));
  }
  await vi.waitFor(() => expect(proxy.counts().packets).toBe(before + count));
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the chaos proxy", () => {
  it("changes nothing until it is told to", async () => {
    await publish(200);
    await vi.waitFor(() => expect(heard).toEqual(numbers(200)));
    expect(proxy.counts()).toMatchObject({ duplicated: 0, reordered: 0, dropped: 0, cut: 0 });
  });

  it("drops, and then no more than it was told", async () => {
    await proxy.inject({ kind: "drop", messages: 40 });
    await publish(200);
    const { dropped } = proxy.counts();
    expect(dropped).toBeGreaterThan(8);
    expect(dropped).toBeLessThanOrEqual(40);
    await vi.waitFor(() => expect(heard).toHaveLength(200 - dropped));
    expect(heard.filter((number) => number >= 40)).toEqual(numbers(200).slice(40));
  });

  it("doubles", async () => {
    await proxy.inject({ kind: "duplicate", messages: 40 });
    await publish(100);
    const { duplicated } = proxy.counts();
    expect(duplicated).toBeGreaterThan(8);
    await vi.waitFor(() => expect(heard).toHaveLength(100 + duplicated));
    expect([...new Set(heard)]).toEqual(numbers(100));
  });

  it("exchanges neighbours, and loses none of them", async () => {
    await proxy.inject({ kind: "reorder", messages: 40 });
    await publish(100);
    await vi.waitFor(() => expect(heard).toHaveLength(100));
    expect(proxy.counts().reordered).toBeGreaterThan(5);
    expect(heard).not.toEqual(numbers(100));
    expect(heard.toSorted((a, b) => a - b)).toEqual(numbers(100));
    expect(Math.max(...heard.map((number, index) => Math.abs(number - index)))).toBe(1);
  });

  it("lets a message go that waits in vain for a neighbour", async () => {
    await proxy.inject({ kind: "reorder", messages: 20 });
    for (const number of numbers(10)) {
      await publish(1, number);
      await vi.waitFor(() => expect(heard).toContain(number));
    }
    expect(proxy.counts().reordered).toBe(0);
  });

  it("keeps what has a packet identifier as it is", async () => {
    await proxy.inject({ kind: "drop", messages: 1000 });
    for (const number of numbers(20)) {
      await gateway.publishAsync("plant/data", String(number), { qos: 1 });
    }
    await vi.waitFor(() => expect(heard).toEqual(numbers(20)));
  });

  it("cuts connections, and takes new ones", async () => {
    const closed = new Promise<void>((resolve) => gateway.once("close", () => resolve()));
    await proxy.inject({ kind: "cut" });
    await closed;
    expect(proxy.counts().cut).toBe(1);
    gateway = await connectAsync(proxyUrl, { reconnectPeriod: 0 });
    await publish(3);
    await vi.waitFor(() => expect(heard).toEqual([0, 1, 2]));
  });

  it("befalls the same messages with the same seed", async () => {
    await proxy.inject({ kind: "drop", messages: 60 });
    await publish(60);
    await publish(1, 1000);
    await vi.waitFor(() => expect(heard).toContain(1000));
    const first = heard.slice();
    heard = [];
    const again = mqttChaosProxy({ seed: 3 });
    const url = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
    const other = await connectAsync(await again.listenBefore(url), { reconnectPeriod: 0 });
    await again.inject({ kind: "drop", messages: 60 });
    for (const number of [...numbers(60), 1000]) {
      await other.publishAsync("plant/data", String(number));
    }
    await vi.waitFor(() => expect(heard).toEqual(first));
    await other.endAsync(true);
    await again.close();
  });
});
