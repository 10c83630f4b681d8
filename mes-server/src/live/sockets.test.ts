import type { Topic } from "@only-mes/protocols/console/live";
import { io } from "socket.io-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { boundSignals, givePlant } from "../../tests/lakeside.ts";
import {
  socketTo,
  startEdge,
  TestClock,
  TestConsole,
  type ConsoleSocket,
  type RunningEdge,
} from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { topicsOfConsoleMax } from "./delivery.ts";
import { isSameHost } from "./same-host.ts";
import { TokenBucket } from "./token-bucket.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");

let database: TestDatabase;
let edge: RunningEdge;
let sockets: ConsoleSocket[];

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
});

afterAll(() => database.close());

beforeEach(async () => {
  sockets = [];
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
});

afterEach(async () => {
  for (const socket of sockets) socket.disconnect();
  await edge.close();
});

function open(auth?: object): ConsoleSocket {
  const socket = socketTo(edge.url, auth);
  sockets.push(socket);
  return socket;
}

function outcome(socket: ConsoleSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("connect", () => resolve("connected"));
    socket.on("connect_error", (error: Error & { data?: { code?: string; message?: string } }) =>
      resolve(`${error.data?.code ?? "refused"}: ${error.message}`),
    );
  });
}

async function metric(name: string): Promise<number> {
  const { values } = (await edge.registry.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.reduce((sum, { value }) => sum + value, 0);
}

describe("the handshake", () => {
  it("takes a console of the same protocol", async () => {
    expect(await outcome(open())).toBe("connected");
  });

  it.each([
    ["older", { protocolVersion: 0 }, "protocol_too_old"],
    ["that says no version", {}, "protocol_too_old"],
    ["whose version is no number", { protocolVersion: "1" }, "protocol_too_old"],
    ["newer", { protocolVersion: 99 }, "protocol_too_new"],
  ])("refuses a console %s, and says what to do", async (_, auth, code) => {
    expect(await outcome(open(auth))).toMatch(new RegExp(`^${code}: .*[Rr]eload`));
    expect(await metric("only_mes_live_consoles_refused_total")).toBe(1);
  });

  it("refuses a page of another host", async () => {
    const socket: ConsoleSocket = io(edge.url, {
      transports: ["websocket"],
      auth: { protocolVersion: 1 },
      forceNew: true,
      reconnection: false,
      extraHeaders: { origin: "https://evil.example" },
    });
    sockets.push(socket);
    expect(await outcome(socket)).toContain("refused");
  });

  it("knows its own host by name and port", () => {
    expect(isSameHost({ host: "mes.example:8080", origin: "http://mes.example:8080" })).toBe(true);
    expect(isSameHost({ host: "mes.example", origin: "https://mes.example" })).toBe(true);
    expect(isSameHost({ host: "mes.example" })).toBe(true);
    expect(isSameHost({ host: "mes.example:8080", origin: "http://mes.example:8081" })).toBe(false);
    expect(isSameHost({ host: "mes.example", origin: "https://mes.example.evil" })).toBe(false);
    expect(isSameHost({ host: "mes.example", origin: "null" })).toBe(false);
    expect(isSameHost({ origin: "https://mes.example" })).toBe(false);
  });

  it("speaks websocket only", async () => {
    const response = await fetch(`${edge.url}/socket.io/?EIO=4&transport=polling`);
    expect(response.status).toBe(400);
  });
});

describe("requests of a console", () => {
  it.each([
    ["an unknown line", { topic: "line:nowhere" }, "topic_unknown"],
    ["a topic that is none", { topic: "stock; drop" }, "subscription_invalid"],
    ["no topic", {}, "subscription_invalid"],
    ["a sequence that is none", { topic: "andon", seq: -1 }, "subscription_invalid"],
    ["a field too many", { topic: "andon", all: true }, "subscription_invalid"],
    ["nothing", null, "subscription_invalid"],
  ])("are refused with a reason: %s", async (_, request, code) => {
    const answer: unknown = await open().emitWithAck("subscribe", request as { topic: Topic });
    expect(answer).toMatchObject({ kind: "refused", code });
  });

  it("may be for so many topics and no more", async () => {
    const many = Array.from({ length: topicsOfConsoleMax }, (_, index) => `line-${index}`);
    edge.listener.onSignals(
      many.flatMap((id, index) => {
        const bound = boundSignals[0];
        if (bound === undefined) return [];
        const line = { ...bound.definition.line, id };
        const definition = { ...bound.definition, line };
        return [{ ...bound, key: 1000 + index, id: `${id}.filler.good-count`, definition }];
      }),
    );
    const console = open();
    await vi.waitFor(async () => {
      const answer = await console.emitWithAck("subscribe", { topic: `line:${many.at(-1)}` });
      expect(answer.kind).toBe("snapshot");
      console.emit("unsubscribe", `line:${many.at(-1)}`);
    });
    for (const id of many) {
      const answer = await console.emitWithAck("subscribe", { topic: `line:${id}` });
      expect(answer.kind).toBe("snapshot");
    }
    const refused = await console.emitWithAck("subscribe", { topic: "andon" });
    expect(refused).toMatchObject({ kind: "refused", code: "topics_too_many" });
    console.emit("unsubscribe", "line:line-0");
    const taken = await console.emitWithAck("subscribe", { topic: "andon" });
    expect(taken.kind).toBe("snapshot");
  });

  it("disconnect a console that floods the server with them", async () => {
    const console = open();
    const disconnected = new Promise<string>((resolve) => {
      console.on("disconnect", resolve);
    });
    for (let request = 0; request < 200; request += 1) {
      console.emit("subscribe", { topic: "andon" }, () => {});
    }
    expect(await disconnected).toBe("transport close");
  });

  it("disconnect a console that sends too much at once", async () => {
    const console = open();
    const disconnected = new Promise<string>((resolve) => {
      console.on("disconnect", resolve);
    });
    console.emit("subscribe", { topic: `line:${"x".repeat(20_000)}` }, () => {});
    expect(await disconnected).toBe("transport close");
  });

  it("of no known kind, or without a place for the answer, change nothing", async () => {
    const console = open();
    const raw = console as unknown as { emit: (event: string, ...content: unknown[]) => void };
    raw.emit("subscribe");
    raw.emit("subscribe", { topic: "andon" }, "no function");
    raw.emit("unsubscribe", { topic: 7 });
    raw.emit("delete", "everything");
    expect(await console.emitWithAck("time")).toBe(nowMs);
  });
});

describe("time", () => {
  it("is told each second, and at once when asked", async () => {
    const console = open();
    const tick = new Promise((resolve) => {
      console.once("tick", resolve);
    });
    expect(await console.emitWithAck("time")).toBe(nowMs);
    expect(await tick).toEqual({ serverTimeMs: nowMs });
  });
});

describe("many consoles", () => {
  it("are sent one frame that was encoded once", async () => {
    const consoles = Array.from({ length: 20 }, () => new TestConsole(edge.url));
    await Promise.all(consoles.map((console) => console.subscribe({ topic: "andon" })));
    const encodings = await metric("only_mes_live_frame_encodings_total");
    edge.clock.nowMs += 1_000;
    await vi.waitFor(() => {
      for (const console of consoles) expect(console.frames.length).toBe(1);
    });
    expect((await metric("only_mes_live_frame_encodings_total")) - encodings).toBe(1);
    expect(await metric("only_mes_live_frames_total")).toBeGreaterThanOrEqual(20);
    expect(await metric("only_mes_live_consoles")).toBe(20);
    for (const console of consoles) console.close();
    await vi.waitFor(async () => expect(await metric("only_mes_live_consoles")).toBe(0));
  });
});

describe("a bucket of requests", () => {
  it("gives a burst, and then fills again with time, to the brim and not above", () => {
    let now = 0;
    const bucket = new TokenBucket(2, 10, () => now);
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false]);
    now = 100;
    expect([bucket.take(), bucket.take()]).toEqual([true, false]);
    now = 60_000;
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false]);
  });
});
