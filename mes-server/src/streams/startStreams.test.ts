import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { connectAsync } from "mqtt";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { startBroker, type EmbeddedBroker } from "../broker/startBroker.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { pruneOutbox } from "../store/pruneOutbox.ts";
import { takeStreamLease } from "../store/takeStreamLease.ts";
import { transaction } from "../store/transaction.ts";
import { startStreams, type Streams } from "./startStreams.ts";

let database: TestDatabase;
let broker: EmbeddedBroker;

beforeAll(async () => {
  database = await openTestDatabase();
  broker = await startBroker("127.0.0.1", 0);
});
afterAll(async () => {
  await broker.close();
  await database.close();
});

function start(registry: Registry): Streams {
  return startStreams({
    pool: database.pool,
    clock: plantClock(),
    log: pino({ level: "silent" }),
    registry,
    mqttUrl: `mqtt://127.0.0.1:${broker.port}`,
    hostId: "test",
    eventTopicRoot: "uns",
    keepEventsDays: 7,
    linePictures: () => undefined,
  });
}

const put = (equipment: string): Promise<void> =>
  transaction(database.pool, (tx) =>
    insertOutboxEvents(tx, [
      { kind: "unit.stateChanged", equipment, atMs: 0, data: { state: "Idle" } },
    ]),
  );

describe("streams", () => {
  test("send what is committed to the broker and to receivers, and say how they do", async () => {
    const receiver = createServer((request, response) => {
      request.resume().on("end", () => response.writeHead(204).end());
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const { port } = receiver.address() as AddressInfo;
    await database.pool.query(
      `INSERT INTO webhook (id, url, kinds, equipment, secret, description, enabled, created_at, sent)
       VALUES ('erp', $1, '{}', '{}', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', '', true, now(), 0)`,
      [`http://127.0.0.1:${port}/`],
    );
    const listener = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    await listener.subscribeAsync("uns/#", { qos: 1 });
    const heard = new Promise<string>((resolve) => {
      listener.on("message", resolve);
    });
    const told = once(receiver, "request");
    await put("filler");
    const registry = new Registry();
    const streams = start(registry);
    expect(await heard).toBe("uns/filler/event/unit.stateChanged");
    await told;
    await vi.waitUntil(async () => {
      const metrics = await registry.metrics();
      return (
        metrics.includes('only_mes_stream_events_total{sink="webhooks",outcome="taken"} 1') &&
        metrics.includes('only_mes_stream_waiting_events{sink="uns"} 0') &&
        metrics.includes('only_mes_stream_lag_seconds{sink="webhook:erp"} 0')
      );
    });
    await streams.close();
    listener.end(true);
    receiver.close();
  });

  test("leave sending to whoever has the lease, and give it back", async () => {
    const holder = { holder: "another server", leaseMs: 60_000 };
    expect(await takeStreamLease(database.pool, holder)).toBe(true);
    const mine = { holder: "this server", leaseMs: 60_000 };
    expect(await takeStreamLease(database.pool, mine)).toBe(false);
    await database.pool.query("UPDATE stream_lease SET until = now() - INTERVAL '1 s'");
    expect(await takeStreamLease(database.pool, mine)).toBe(true);
    expect(await takeStreamLease(database.pool, holder)).toBe(false);
  });

  test("forget events that are sent and old, and no others", async () => {
    const { pool } = database;
    await pool.query("DELETE FROM outbox");
    await put("old");
    await put("waiting");
    await put("new");
    const { rows } = await pool.query<{ id: string }>("SELECT id FROM outbox ORDER BY id");
    const [old = 0, waiting = 0] = rows.map(({ id }) => Number(id));
    await pool.query("UPDATE outbox SET recorded_at = now() - INTERVAL '9 days' WHERE id <= $1", [
      waiting,
    ]);
    await pool.query("UPDATE stream_cursor SET sent = $1", [waiting + 1]);
    await pool.query("UPDATE webhook SET sent = $1", [old]);
    const kept = { eventsMs: 7 * 86_400_000, deadLettersMs: 1 };
    expect(await pruneOutbox(pool, kept)).toEqual({ events: 1, isAll: true });
    await pool.query("UPDATE webhook SET enabled = false");
    expect(await pruneOutbox(pool, kept)).toEqual({ events: 1, isAll: true });
    const { rows: left } = await pool.query("SELECT equipment FROM outbox");
    expect(left).toEqual([{ equipment: "new" }]);
  });
});
