import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datatypes, encodePayload } from "@only-mes/protocols/sparkplug/payload";
import { stateTopic } from "@only-mes/protocols/sparkplug/topics";
import { connectAsync } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { definitionOf } from "../../tests/lane-under-test.ts";
import { OutboxNode, type NodeSignal } from "../../tests/outbox-node.ts";
import { runServer, type RunningServer } from "../../tests/running-server.ts";
import { ServerDatabases } from "../../tests/server-databases.ts";

/** The server as a Sparkplug host application, over its real broker. */
const databases = new ServerDatabases();
let directory: string;
let server: RunningServer;
let node: OutboxNode;
let nodes = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "only-mes-intake-"));
  server = await runServer(databases, directory);
});
afterAll(async () => {
  await server.stop();
  await databases.remove(directory);
});
afterEach(() => node.close());

async function connected(): Promise<{ line: string; signals: NodeSignal[] }> {
  nodes += 1;
  const line = `line-${nodes}`;
  node = await OutboxNode.connect(server.mqtt, `node-${nodes}`);
  await node.until(() => node.hostIsOnline);
  const good = definitionOf(line, "good", { role: "goodCount", maxRatePerSecond: 100 });
  const warm = definitionOf(line, "warm", { role: "analog" });
  return {
    line,
    signals: [
      { definition: good, name: "machine/good", alias: 10, datatype: 7, value: 5 },
      { definition: warm, name: "machine/warm", alias: 11, datatype: 10, value: 1.5 },
    ],
  };
}

const good = (value: number, secondsAgo: number) => ({
  alias: 10,
  timestampMs: Date.now() - secondsAgo * 1000,
  datatype: datatypes.UInt32,
  value,
});

interface Letters {
  items: { reason: string; source: string | null; topic: string }[];
}

const lettersOf = async (source: string): Promise<string[]> => {
  const { items } = await server.api<Letters>("/dead-letters?limit=200");
  return items.filter((letter) => letter.source === source).map(({ reason }) => reason);
};

const samplesOf = async (source: string): Promise<number> => {
  const { items } = await server.api<{ items: { source: string; samples: number }[] }>("/sources");
  return items.find((item) => item.source === source)?.samples ?? 0;
};

const goodOf = async (line: string): Promise<number> => {
  const range = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + 60_000).toISOString()}`;
  return (await server.api<{ good: number }>(`/units/${line}.machine/counts?${range}`)).good;
};

describe("a gateway with an outbox", () => {
  test("is acknowledged what is committed, and its birth is no sample", async () => {
    const { line, signals } = await connected();
    await node.bear(signals);
    await node.send(1, [good(10, 3)]);
    await node.send(2, [good(12, 2), { ...good(0, 1), alias: 11, datatype: 10, value: 7.5 }]);
    await node.until(() => node.hasAcknowledged(2));
    expect(node.acknowledged).toEqual([[1, 2]]);
    expect(await samplesOf(`test/node-${nodes}`)).toBe(3);
    expect(await goodOf(line)).toBe(2);
  });

  test("may send everything again, in any order: it is acknowledged and counts once", async () => {
    const { line, signals } = await connected();
    await node.bear(signals);
    const messages = [good(10, 9), good(20, 8), good(30, 7), good(40, 6)];
    for (const index of [3, 1, 3, 0, 1, 2, 0, 3]) {
      await node.send(index + 1, [messages[index] ?? good(0, 0)], { seq: node.nextSeq() });
    }
    await node.until(() => node.acknowledged[0]?.[1] === 4);
    await vi.waitUntil(async () => (await goodOf(line)) === 30, { timeout: 10_000 });
    const before = node.acknowledgements;
    await node.send(2, [good(20, 8)]);
    await node.until(() => node.acknowledgements > before);
    expect(await samplesOf(`test/node-${nodes}`)).toBe(4);
    expect(await server.metric("only_mes_duplicate_messages_total")).toBeGreaterThanOrEqual(1);
  });

  test("tells what it had to drop: kept once, and no sample", async () => {
    const { signals } = await connected();
    const dropped = { alias: 3, datatype: datatypes.String, timestampMs: Date.now() };
    await node.bear([...signals, { ...dropped, name: "Delivery/Dropped", value: null }]);
    const gap = { device: "plc", fromMs: 1_763_000_000_000, toMs: 1_763_000_060_000 };
    const value = JSON.stringify({ ...gap, samples: 480, reason: "bytes" });
    await node.send(1, [{ ...dropped, value }]);
    await node.send(1, [{ ...dropped, value }]);
    await node.send(2, [{ ...dropped, value: "{}" }, good(1, 1)]);
    await node.until(() => node.hasAcknowledged(2));
    const source = `test/node-${nodes}`;
    const { items } = await server.api<{ items: unknown[] }>(`/gaps?source=${source}`);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        source,
        device: "plc",
        from: new Date(gap.fromMs).toISOString(),
        to: new Date(gap.toMs).toISOString(),
        samples: 480,
        reason: "bytes",
      },
    ]);
    expect(await samplesOf(source)).toBe(1);
  });

  test("is asked for a birth when the host knows none, and when messages are missing", async () => {
    const { signals } = await connected();
    await node.send(1, [good(1, 1)]);
    await node.until(() => node.rebirthRequests === 1);
    await node.bear(signals);
    node.nextSeq();
    await node.send(2, [good(1, 1)]);
    await node.until(() => node.hasAcknowledged(2) && node.rebirthRequests === 2);
    expect(await server.metric("only_mes_sequence_gaps_total")).toBe(1);
  });

  test("is asked again about metrics that it did not tell, then they are dead letters", async () => {
    const { signals } = await connected();
    await node.bear(signals);
    await node.send(1, [good(1, 1), { ...good(1, 1), alias: 77 }]);
    await node.until(() => node.rebirthRequests === 1);
    expect(node.hasAcknowledged(1)).toBe(false);
    await node.bear(signals);
    await node.send(1, [good(1, 1), { ...good(1, 1), alias: 77 }]);
    await node.until(() => node.hasAcknowledged(1));
    expect(await lettersOf(`test/node-${nodes}`)).toEqual(["metric-unknown"]);
  });

  test("tells of itself in its own data: they keep the sequence, and are no samples", async () => {
    const { signals } = await connected();
    await node.bear(signals);
    await node.until(() => node.acknowledgements > 0);
    const held = { datatype: datatypes.UInt64, value: 7 };
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      const seq = node.nextSeq();
      const metrics = [{ name: "Diagnostics/Outbox/Held Bytes", ...held }];
      await node.publish(
        "NDATA",
        undefined,
        encodePayload({ timestampMs: Date.now(), seq, metrics }),
      );
      await node.send(sequence, [good(10 + sequence, 1)]);
    }
    await node.until(() => node.hasAcknowledged(3));
    expect(await samplesOf(`test/node-${nodes}`)).toBe(3);
    expect(await lettersOf(`test/node-${nodes}`)).toEqual([]);
    expect(node.rebirthRequests).toBe(0);
  });

  test("may answer commands: its answers are acknowledged, and are no samples", async () => {
    const { signals } = await connected();
    const answer = { name: "Command/Result", alias: 30, datatype: datatypes.String };
    await node.bear([...signals, { ...answer, value: null }]);
    await node.send(1, [
      { alias: 30, datatype: answer.datatype, timestampMs: Date.now(), value: "{}" },
      good(6, 1),
    ]);
    await node.until(() => node.hasAcknowledged(1));
    expect(await samplesOf(`test/node-${nodes}`)).toBe(1);
    expect(await lettersOf(`test/node-${nodes}`)).toEqual([]);
  });

  test("dies by the will of its present session only", async () => {
    const { line, signals } = await connected();
    node.bdSeq = 7;
    await node.bear(signals);
    await node.send(1, [good(1, 1)]);
    await node.until(() => node.hasAcknowledged(1));
    const isStale = async (): Promise<boolean> =>
      (await server.api<{ stale: boolean }>(`/signals/${line}.machine.good`)).stale;
    await node.die(6);
    await node.send(2, [good(2, 0)]);
    await node.until(() => node.hasAcknowledged(2));
    expect(await isStale()).toBe(false);
    await node.die(7);
    await vi.waitUntil(isStale);
  });

  test("has its broken definitions told, and the rest of the device goes on", async () => {
    const { signals } = await connected();
    const [first] = signals;
    const broken = { name: "machine/odd", alias: 20, datatype: 10, value: 1 };
    const wrong: NodeSignal = {
      ...broken,
      name: "machine/wrong",
      alias: 21,
      ...(first?.definition && { definition: first.definition }),
    };
    await node.bear([...signals, broken, wrong]);
    await node.send(1, [good(1, 1), { ...good(1, 1), alias: 20 }, { ...good(1, 1), alias: 21 }]);
    await node.until(() => node.hasAcknowledged(1));
    await vi.waitUntil(async () => (await lettersOf(`test/node-${nodes}`)).length === 2);
    expect((await lettersOf(`test/node-${nodes}`)).sort()).toEqual([
      "definition-invalid",
      "definition-missing",
    ]);
    expect(await samplesOf(`test/node-${nodes}`)).toBe(1);
  });
});

describe("a signal that an engineer binds", () => {
  const command = async (method: string, path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${server.http}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
      body: JSON.stringify({ actor: "badge:1", ...body }),
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  const scrapOf = async (line: string): Promise<number> =>
    (await server.api<{ scrap: number }>(`/units/${line}.other/counts`)).scrap;

  test("has its whole past, and what comes, counted so; a birth does not undo it", async () => {
    const { line, signals } = await connected();
    const other = {
      id: "other",
      name: "Other",
      position: 1,
      pacesLine: false,
      outputOfLine: false,
    };
    const note = definitionOf(line, "note", { role: "text", unit: other });
    const born = [
      ...signals,
      { definition: note, name: "other/note", alias: 12, datatype: 12, value: "" },
    ];
    const binding = `/signals/${line}.machine.good/binding`;
    await node.bear(born);
    await node.send(1, [good(10, 60)]);
    await node.send(2, [good(15, 50)]);
    await node.until(() => node.hasAcknowledged(2));
    expect(await goodOf(line)).toBe(5);

    await command("PUT", binding, { equipment: `${line}.other`, role: "scrapCount" });
    await vi.waitUntil(async () => (await scrapOf(line)) === 5, { timeout: 10_000 });
    expect(await goodOf(line)).toBe(0);
    await node.send(3, [good(17, 40)]);
    await node.until(() => node.hasAcknowledged(3));
    expect(await scrapOf(line)).toBe(7);
    const shown = await server.api<{ definition: unknown }>(`/signals/${line}.machine.good`);
    expect(shown.definition).toMatchObject({ unit: { id: "other" }, role: "scrapCount" });

    const more = definitionOf(line, "more", { role: "analog" });
    const another = { definition: more, name: "machine/more", alias: 13, datatype: 10, value: 0 };
    await node.bear([...born, another]);
    await node.send(4, [good(20, 30)]);
    await node.until(() => node.hasAcknowledged(4));
    expect([await scrapOf(line), await goodOf(line)]).toEqual([10, 0]);

    await command("DELETE", binding, {});
    await vi.waitUntil(async () => (await goodOf(line)) === 10, { timeout: 10_000 });
    expect(await scrapOf(line)).toBe(0);
    await node.send(5, [good(21, 20)]);
    await node.until(() => node.hasAcknowledged(5));
    expect(await goodOf(line)).toBe(11);
  });
});

describe("another vendor's edge node", () => {
  test("has its births and its data taken as samples", async () => {
    const { line, signals } = await connected();
    await node.bear(signals, { delivery: false });
    await node.send(undefined, [good(7, -1)]);
    await vi.waitUntil(async () => (await samplesOf(`test/node-${nodes}`)) === 3);
    expect(await goodOf(line)).toBe(2);
  });

  test("has repeated data ignored", async () => {
    const { signals } = await connected();
    await node.bear(signals, { delivery: false });
    await node.send(undefined, [good(7, 0)], { seq: 2 });
    await node.send(undefined, [good(7, 0)], { seq: 2 });
    await node.send(undefined, [good(9, 0)], { seq: 3 });
    await vi.waitUntil(async () => (await samplesOf(`test/node-${nodes}`)) >= 4);
    expect(await samplesOf(`test/node-${nodes}`)).toBe(4);
  });
});

describe("the host", () => {
  test("says that it is online again when an old will says otherwise", async () => {
    await connected();
    const stranger = await connectAsync(server.mqtt);
    const heard = node.hostStates.length;
    const offline = { online: false, timestamp: 1 };
    await stranger.publishAsync(stateTopic("only-mes"), JSON.stringify(offline), {
      qos: 1,
      retain: true,
    });
    // Both may come in one piece, so what was heard is looked at, not what is so now.
    await node.until(() => node.hostStates.slice(heard).includes(false) && node.hostIsOnline);
    expect(node.hostStates.slice(heard)).toEqual([false, true]);
    await stranger.endAsync();
  });

  test("keeps payloads that are none as dead letters, and goes on", async () => {
    const { signals } = await connected();
    await node.bear(signals);
    await node.publish("DDATA", "plc", Uint8Array.of(1, 2, 3));
    await node.publish("DBIRTH", "plc", Uint8Array.of(0xff));
    await node.send(1, [good(1, 1)]);
    await node.until(() => node.hasAcknowledged(1));
    await vi.waitUntil(async () => (await lettersOf(`test/node-${nodes}`)).length > 0);
    expect(new Set(await lettersOf(`test/node-${nodes}`))).toEqual(
      new Set(["payload-undecodable"]),
    );
  });

  test("goes on when its database is killed, and loses nothing", async () => {
    const { line, signals } = await connected();
    await node.bear(signals);
    await node.send(1, [good(10, 5)]);
    await node.until(() => node.hasAcknowledged(1));
    const { database } = await server.pids();
    await databases.crash(directory, database);
    await node.send(2, [good(14, 4)]);
    await node.until(() => node.hasAcknowledged(2));
    expect(await goodOf(line)).toBe(4);
  });

  test("comes back to a broker that was killed, and is online there", async () => {
    await connected();
    const { broker } = await server.pids();
    if (broker === null) throw new Error("there is no embedded broker to kill");
    process.kill(broker, "SIGKILL");
    await node.close();
    node = await vi.waitFor(() => OutboxNode.connect(server.mqtt, `node-${nodes}`), {
      timeout: 10_000,
    });
    await node.until(() => node.hostIsOnline);
    expect((await server.pids()).broker).not.toBe(broker);
  });
});
