import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { demoPlant } from "../../tests/demo-plant.ts";
import type { PlantServer, PlantServerOptions } from "../../tests/plant-server.ts";
import { startPlantServer } from "../../tests/plant-server.ts";
import type { HeldPlant } from "../../tests/served-plant.ts";
import type { Link, LinkSettings } from "./link.ts";
import { createLink } from "./link.ts";
import { andonOf, lineOf, lineStateOf, reachOf } from "./picture.ts";

const line = "bottling-1";
const topic = `line:${line}` as const;
let plant: HeldPlant;
let server: PlantServer;
let link: Link;

const quick: Omit<LinkSettings, "url"> = {
  silentAfterMs: 600,
  deafAfterMs: 5_000,
  connectTimeoutMs: 2_000,
  answerTimeoutMs: 500,
  retryFirstMs: 20,
  retryMaxMs: 50,
  retryRefusedMs: 100,
  lingerMs: 100,
  clockEveryMs: 15_000,
  random: () => 0,
};

async function serve(options: Partial<PlantServerOptions> = {}): Promise<void> {
  server = await startPlantServer({ plant, tickMs: 100, ...options });
}

function connect(settings: Partial<LinkSettings> = {}): void {
  link = createLink({ url: server.url, ...quick, ...settings });
  link.start();
}

const connection = () => link.store.getState().connection;
const good = () => lineOf(link.store.getState(), line)?.good;
const is = async (state: string) => vi.waitFor(() => expect(connection()).toBe(state), 10_000);

function make(good: number): void {
  for (const moved of plant.change(line, { line: { good } })) server.publish(moved);
}

beforeEach(() => {
  plant = demoPlant();
});

afterEach(async () => {
  link.stop();
  await server.close();
});

describe("[LV2] a link", () => {
  it("is live when every topic has been answered, and follows what changes", async () => {
    await serve();
    connect();
    link.want("andon");
    link.want(topic);
    await is("live");
    expect(Object.keys(andonOf(link.store.getState())?.lines ?? {})).toEqual(plant.lineIds());
    make(4_711);
    await vi.waitFor(() => expect(good()).toBe(4_711));
    expect(lineStateOf(link.store.getState(), line)?.line.good).toBe(4_711);
  });

  it("knows the server's time, though no topic is wanted yet", async () => {
    plant = demoPlant(() => Date.now() + 3_600_000);
    await serve();
    connect();
    await is("live");
    expect(Math.abs(link.serverNowMs() - plant.nowMs())).toBeLessThan(100);
  });
});

describe("[LV3] silence", () => {
  it("ends live though the socket is open, and is caught up by itself", async () => {
    await serve();
    connect();
    link.want(topic);
    await is("live");
    server.mute();
    await is("lagging");
    expect(reachOf(link.store.getState())).toBe("lost");
    make(5_001);
    expect(good()).not.toBe(5_001);
    server.unmute();
    await is("live");
    await vi.waitFor(() => expect(good()).toBe(5_001));
  });

  it("closes the socket when it lasts", async () => {
    await serve();
    connect({ deafAfterMs: 900, retryFirstMs: 60_000, retryMaxMs: 60_000 });
    await is("live");
    server.mute();
    await is("waiting");
    await vi.waitFor(() => expect(server.consoles()).toBe(0));
  });
});

describe("[LV4] a server that goes and comes back", () => {
  it("is found again, with a fresh picture in place of the old one", async () => {
    await serve();
    const { port } = server;
    connect();
    link.want(topic);
    await is("live");
    await server.close();
    await vi.waitFor(() => expect(reachOf(link.store.getState())).toBe("lost"));
    expect(good()).toBeDefined();
    plant = demoPlant();
    plant.change(line, { line: { good: 9_999 } });
    await serve({ port });
    await is("live");
    expect(good()).toBe(9_999);
  });

  it("refuses another version, and is asked again later", async () => {
    await serve({ protocolVersion: 99 });
    connect();
    await is("refused");
    expect(link.store.getState().refusal?.code).toBe("protocol-version");
    expect(reachOf(link.store.getState())).toBe("lost");
    const { port } = server;
    await server.close();
    await serve({ port });
    await is("live");
  });
});

it("[LV5] keeps nothing to send while it is not connected", async () => {
  await serve();
  const { port } = server;
  connect();
  await is("live");
  await server.close();
  await vi.waitFor(() => expect(connection()).not.toBe("live"));
  link.want(topic);
  link.want("andon");
  const asked: string[] = [];
  await serve({ port, onSubscribe: (subscribed) => asked.push(subscribed) });
  await is("live");
  expect(asked.sort()).toEqual(["andon", topic]);
});

it("[LV6] a gap is filled by asking again", async () => {
  await serve();
  connect();
  link.want(topic);
  await is("live");
  server.loseNextFrame();
  make(1);
  make(2);
  await vi.waitFor(() => expect(good()).toBe(2));
});

it("[LV10] a frame is acknowledged, so that the next one comes", async () => {
  await serve();
  connect();
  link.want(topic);
  await is("live");
  for (const made of [10, 20, 30]) {
    make(made);
    await vi.waitFor(() => expect(good()).toBe(made));
  }
});

it("[LV12] time stands still while the link is not live, and the picture grows old", async () => {
  await serve();
  connect();
  await is("live");
  await vi.waitFor(() => expect(link.serverNowMs()).toBeGreaterThan(0));
  await server.close();
  await vi.waitFor(() => expect(connection()).not.toBe("live"));
  const then = link.serverNowMs();
  await vi.waitFor(() => expect(link.pictureAgeMs()).toBeGreaterThan(500));
  expect(link.serverNowMs()).toBe(then);
});

describe("[LV13] a topic", () => {
  it("is dropped some time after it was let go", async () => {
    await serve();
    connect();
    const release = link.want(topic);
    await is("live");
    release();
    release();
    expect(link.store.getState().topics[topic]).toBeDefined();
    await vi.waitFor(() => expect(link.store.getState().topics[topic]).toBeUndefined());
  });

  it("goes on when it is taken up again", async () => {
    await serve();
    connect();
    const release = link.want(topic);
    await is("live");
    release();
    link.want(topic);
    make(77);
    await vi.waitFor(() => expect(good()).toBe(77));
    expect(link.store.getState().topics[topic]).toBeDefined();
  });

  it("that the server does not know is refused, which keeps nothing else from being live", async () => {
    await serve();
    connect();
    link.want("line:nowhere");
    link.want("andon");
    await is("live");
    const { refusedTopics, topics } = link.store.getState();
    expect(refusedTopics["line:nowhere"]?.code).toBe("unknown-line");
    expect(topics["andon"]).toBeDefined();
  });
});

it("[LV14] a line that was there is waited for when the server comes back without it", async () => {
  await serve();
  const { port } = server;
  connect();
  link.want(topic);
  await is("live");
  await server.close();
  const whole = plant;
  plant = demoPlant(Date.now, []);
  const asked = vi.fn<(topic: string) => void>();
  await serve({ port, onSubscribe: asked });
  await vi.waitFor(() => expect(asked).toHaveBeenCalledWith(topic));
  expect(reachOf(link.store.getState())).toBe("lost");
  expect(good()).toBeDefined();
  expect(link.store.getState().refusedTopics).toEqual({});
  await server.close();
  plant = whole;
  await serve({ port });
  await is("live");
  expect(good()).toBeDefined();
});
