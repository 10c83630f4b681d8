import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { connectAsync, type MqttClient } from "mqtt";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestClock } from "../../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../../tests/test-database.ts";
import { wholeOutbox } from "../../../tests/whole-outbox.ts";
import { startBroker, type EmbeddedBroker } from "../../broker/startBroker.ts";
import { insertOutboxEvents } from "../../store/insertOutboxEvents.ts";
import { readStreamCursor } from "../../store/streamCursor.ts";
import { transaction } from "../../store/transaction.ts";
import { equipmentPaths } from "../equipmentPaths.ts";
import { outboxHorizon, type OutboxHorizon } from "../outboxHorizon.ts";
import { machineState } from "./machineState.ts";
import { openMqttLink, type MqttLink } from "./mqttLink.ts";
import { retainedStates } from "./retainedStates.ts";
import { unsSink, type UnsSink } from "./unsSink.ts";

const log = pino({ level: "silent" });
const nowMs = Date.parse("2026-11-23T08:00:00Z");
const filler = "bottling-1.filler";
const here = "plant/northwind/lakeside/beverages/bottling-1/filler";

function pathsUnder(area: string) {
  return equipmentPaths([
    { id: "northwind", parent: null },
    { id: "northwind/lakeside", parent: "northwind" },
    { id: `northwind/lakeside/${area}`, parent: "northwind/lakeside" },
    { id: "bottling-1", parent: `northwind/lakeside/${area}` },
    { id: filler, parent: "bottling-1" },
  ]);
}

let database: TestDatabase;
let horizon: OutboxHorizon;
let broker: EmbeddedBroker;
let link: MqttLink;
let sink: UnsSink;
let listener: Listener;
let realNowMs: number;
let paths = pathsUnder("beverages");

/** All that arrives under the root, in order. */
class Listener {
  readonly heard: { topic: string; text: string; retain: boolean }[] = [];
  readonly client: MqttClient;
  readonly #heard = new EventEmitter();

  constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, { retain }) => {
      this.heard.push({ topic, text: payload.toString(), retain });
      this.#heard.emit("one");
    });
  }

  static async to(port: number): Promise<Listener> {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    const listener = new Listener(client);
    await client.subscribeAsync("plant/#", { qos: 1 });
    return listener;
  }

  async has(count: number): Promise<void> {
    while (this.heard.length < count) await once(this.#heard, "one");
  }
}

function openSink(port: number): void {
  const { pool } = database;
  link = openMqttLink({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: "test-events",
    log,
    random: () => 0,
  });
  const clock = new TestClock(nowMs);
  const root = "plant";
  const realNow = (): number => realNowMs;
  sink = unsSink({
    pool,
    log,
    link,
    states: retainedStates({ pool, link, root, clock, realNow, states: [machineState] }),
    root,
    realNow,
    random: () => 0,
    onSent: () => undefined,
  });
}

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  for (const table of ["outbox", "stream_cursor", "uns_topic", "state_interval"]) {
    await database.pool.query(`DELETE FROM ${table}`);
  }
  horizon = outboxHorizon(database.pool);
  realNowMs = 0;
  paths = pathsUnder("beverages");
  broker = await startBroker("127.0.0.1", 0);
  listener = await Listener.to(broker.port);
  openSink(broker.port);
});
afterEach(async () => {
  await sink.close();
  listener.client.end(true);
  await broker.close();
});

async function enter(state: MachineState): Promise<void> {
  await transaction(database.pool, async (tx) => {
    await tx.query("DELETE FROM state_interval WHERE unit = $1", [filler]);
    await tx.query(
      "INSERT INTO state_interval (unit, from_ts, state, known_at) VALUES ($1, $2, $3, $2)",
      [filler, new Date(nowMs), state],
    );
    await insertOutboxEvents(tx, [
      { kind: "unit.stateChanged", equipment: filler, atMs: nowMs, data: { state } },
    ]);
  });
}

/** Turns until the broker has taken all there is. */
async function turn(): Promise<void> {
  const target = await wholeOutbox(database.pool, horizon);
  do {
    realNowMs += 60_000;
    sink.turn(target, paths);
    await sink.idle();
    await new Promise((resolve) => setImmediate(resolve));
  } while ((await readStreamCursor(database.pool, "uns")) < target);
}

const parsed = (text: string): unknown => JSON.parse(text);

describe("the unified namespace", () => {
  test("has each event once, in order, and the state that holds, retained", async () => {
    await enter("Held");
    await enter("Execute");
    await turn();
    await listener.has(3);
    expect(listener.heard.map(({ topic }) => topic)).toEqual([
      `${here}/event/unit.stateChanged`,
      `${here}/event/unit.stateChanged`,
      `${here}/state/machine`,
    ]);
    const sequence = horizon.id;
    expect(parsed(listener.heard[0]?.text ?? "")).toEqual({
      version: 1,
      sequence: sequence - 1,
      kind: "unit.stateChanged",
      equipment: filler,
      at: "2026-11-23T08:00:00.000Z",
      data: { state: "Held" },
    });
    const later = await Listener.to(broker.port);
    await later.has(1);
    expect(later.heard).toMatchObject([{ topic: `${here}/state/machine`, retain: true }]);
    expect(parsed(later.heard[0]?.text ?? "")).toEqual({
      version: 1,
      sequence,
      state: "machine",
      equipment: filler,
      at: "2026-11-23T08:00:00.000Z",
      data: { state: "Execute", since: "2026-11-23T08:00:00.000Z" },
    });
    later.client.end(true);
  });

  test("moves with its equipment: what lay at the old place is cleared", async () => {
    await enter("Held");
    await turn();
    paths = pathsUnder("hall-2");
    sink.turn(horizon.id, paths);
    await sink.idle();
    await listener.has(4);
    expect(listener.heard.slice(2)).toEqual([
      {
        topic: here.replace("beverages", "hall-2") + "/state/machine",
        text: expect.stringContaining('"Held"'),
        retain: false,
      },
      { topic: `${here}/state/machine`, text: "", retain: false },
    ]);
    const later = await Listener.to(broker.port);
    await later.has(1);
    expect(later.heard.map(({ topic }) => topic)).toEqual([
      "plant/northwind/lakeside/hall-2/bottling-1/filler/state/machine",
    ]);
    later.client.end(true);
  });

  test("is sent nothing twice while nothing changes", async () => {
    await enter("Held");
    await turn();
    realNowMs += 3_600_000;
    sink.turn(horizon.id, paths);
    await sink.idle();
    await enter("Held");
    await turn();
    await listener.has(3);
    expect(listener.heard.map(({ topic }) => topic.split("/").at(-2))).toEqual([
      "event",
      "state",
      "event",
    ]);
  });

  test("is whole again after the broker has forgotten everything", async () => {
    await enter("Held");
    await turn();
    const { port } = broker;
    process.kill(broker.pid, "SIGKILL");
    await broker.ended;
    listener.client.end(true);
    await enter("Execute");
    sink.turn(await wholeOutbox(database.pool, horizon), paths);
    await sink.idle();
    broker = await startBroker("127.0.0.1", port);
    listener = await Listener.to(port);
    await turn();
    await listener.has(2);
    expect(listener.heard.map(({ topic }) => topic)).toEqual([
      `${here}/event/unit.stateChanged`,
      `${here}/state/machine`,
    ]);
    expect(listener.heard[1]?.text).toContain('"Execute"');
  });

  test("counts as sent only what the broker has acknowledged", async () => {
    await sink.close();
    const published: Promise<unknown>[] = [];
    const silent = createServer((socket) => {
      socket.once("data", () => {
        socket.write(Buffer.from([0x20, 0x02, 0x00, 0x00]));
        published.push(once(socket, "data").then(() => socket.destroy()));
        silent.emit("connected");
      });
      socket.on("error", () => undefined);
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const connected = once(silent, "connected");
    openSink((silent.address() as AddressInfo).port);
    await enter("Held");
    const target = await wholeOutbox(database.pool, horizon);
    await connected;
    while (!link.isConnected) await new Promise((resolve) => setImmediate(resolve));
    sink.turn(target, paths);
    await sink.idle();
    await Promise.all(published);
    expect(published.length).toBeGreaterThan(0);
    expect(await readStreamCursor(database.pool, "uns")).toBe(0);
    silent.close();
  });
});
