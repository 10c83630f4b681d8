import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../tests/test-database.ts";
import { wholeOutbox } from "../../../tests/whole-outbox.ts";
import { insertOutboxEvents } from "../../store/insertOutboxEvents.ts";
import { readWebhooks } from "../../store/readWebhooks.ts";
import { transaction } from "../../store/transaction.ts";
import { resendWebhookDeadLetters } from "../../store/webhookDeadLetters.ts";
import { equipmentPaths } from "../equipmentPaths.ts";
import { outboxHorizon, type OutboxHorizon } from "../outboxHorizon.ts";
import { signedHeaders } from "./signature.ts";
import { webhookDelivery, type WebhookDelivery } from "./webhookDelivery.ts";

const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;
const answers =
  (status: number, headers = {}): Behaviour =>
  (response) =>
    response.writeHead(status, headers).end("noted");

/** A receiver of its own port, which keeps what it got and behaves as it is told. */
class Receiver {
  behave: Behaviour = answers(204);
  readonly got: { headers: IncomingMessage["headers"]; body: string }[] = [];
  readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        this.got.push({ headers: request.headers, body });
        this.server.emit("got");
        this.behave(response, request);
      });
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Equipment of each event that came, in order. */
  names(): string[] {
    return this.got.map(({ body }) => (JSON.parse(body) as { equipment: string }).equipment);
  }
}

let database: TestDatabase;
let horizon: OutboxHorizon;
let delivery: WebhookDelivery;
let nowMs: number;
let outcomes: Record<string, number>;
const receivers: Receiver[] = [];
const paths = equipmentPaths([
  { id: "northwind", parent: null },
  { id: "northwind/lakeside", parent: "northwind" },
  { id: "bottling-1", parent: "northwind/lakeside" },
  { id: "bottling-1.filler", parent: "bottling-1" },
]);

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query("DELETE FROM webhook");
  await database.pool.query("DELETE FROM outbox");
  horizon = outboxHorizon(database.pool);
  nowMs = Date.now();
  outcomes = { taken: 0, failed: 0, dead: 0 };
  delivery = deliver({});
});
afterEach(async () => {
  await delivery.close();
  for (const { server } of receivers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function deliver(times: { answerMs?: number }): WebhookDelivery {
  return webhookDelivery({
    pool: database.pool,
    log: pino({ level: "silent" }),
    realNow: () => nowMs,
    random: () => 1,
    onOutcome: (outcome, events) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + events),
    times: { answerMs: 30_000, giveUpMs: hourMs, disableMs: 4 * hourMs, ...times },
  });
}

async function webhook(
  id: string,
  {
    kinds = [],
    equipment = [],
    url,
  }: { kinds?: string[]; equipment?: string[]; url?: string } = {},
): Promise<Receiver> {
  const receiver = new Receiver();
  receivers.push(receiver);
  const own = await receiver.listen();
  await database.pool.query(
    `INSERT INTO webhook (id, url, kinds, equipment, secret, description, enabled, created_at, sent)
     VALUES ($1, $2, $3, $4, $5, '', true, now(), 0)`,
    [id, url ?? own, kinds, equipment, secret],
  );
  return receiver;
}

const put = (...names: string[]): Promise<void> =>
  transaction(database.pool, (tx) =>
    insertOutboxEvents(
      tx,
      names.map((equipment) => ({
        kind: "unit.stateChanged",
        equipment,
        atMs: 0,
        data: { state: "Idle" },
      })),
    ),
  );

async function turn(): Promise<void> {
  await delivery.turn(await wholeOutbox(database.pool, horizon), paths);
  await delivery.idle();
}

const stored = async (id: string) => (await readWebhooks(database.pool, id))[0];

async function letters(): Promise<string[]> {
  const { rows } = await database.pool.query<{ equipment: string }>(
    "SELECT equipment FROM webhook_dead_letter ORDER BY event",
  );
  return rows.map(({ equipment }) => equipment);
}

describe("webhooks", () => {
  test("are sent in order, once each, signed", async () => {
    const receiver = await webhook("erp");
    await put("a", "b");
    await put("c");
    await turn();
    await turn();
    expect(receiver.names()).toEqual(["a", "b", "c"]);
    const [{ headers, body } = { headers: {}, body: "" }] = receiver.got;
    const { sequence } = JSON.parse(body) as { sequence: number };
    expect(JSON.parse(body)).toEqual({
      version: 1,
      sequence,
      kind: "unit.stateChanged",
      equipment: "a",
      at: "1970-01-01T00:00:00.000Z",
      data: { state: "Idle" },
    });
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      ...signedHeaders(secret, { id: `event-${sequence}`, sentAtMs: nowMs, body }),
    });
    expect(await stored("erp")).toMatchObject({ failures: 0, deliveredAtMs: nowMs });
    expect(outcomes).toEqual({ taken: 3, failed: 0, dead: 0 });
  });

  test("tell of the kinds and equipment that they want", async () => {
    const jobs = await webhook("jobs", { kinds: ["job.*"] });
    const site = await webhook("site", { equipment: ["northwind/lakeside"] });
    const unit = await webhook("unit", {
      kinds: ["unit.stateChanged"],
      equipment: ["bottling-1.filler"],
    });
    await put("bottling-1", "bottling-1.filler", "stamping-1", "bottling-10");
    await turn();
    expect(jobs.names()).toEqual([]);
    expect(site.names()).toEqual(["bottling-1", "bottling-1.filler"]);
    expect(unit.names()).toEqual(["bottling-1.filler"]);
    expect((await stored("jobs"))?.sentId).toBe(horizon.id);
  });

  test("keep their order over failures, and wait longer after each", async () => {
    const receiver = await webhook("erp");
    receiver.behave = answers(503);
    await put("a", "b");
    await turn();
    for (const [failures, waitMs] of [1_000, 2_000, 4_000].entries()) {
      nowMs += waitMs - 1;
      await turn();
      expect(receiver.got).toHaveLength(failures + 1);
      nowMs += 1;
      await turn();
    }
    expect(receiver.names()).toEqual(["a", "a", "a", "a"]);
    expect(await stored("erp")).toMatchObject({ failures: 4, lastFailure: "It answered 503." });
    receiver.behave = answers(200);
    nowMs += 8_000;
    await turn();
    expect(receiver.names().slice(4)).toEqual(["a", "b"]);
    expect(await stored("erp")).toMatchObject({ failures: 0, failingSinceMs: null });
  });

  test("that hang are given up in time", async () => {
    delivery = deliver({ answerMs: 200 });
    const hanging = await webhook("hanging");
    hanging.behave = () => undefined;
    await put("a", "b");
    await turn();
    expect(hanging.names()).toEqual(["a"]);
    expect((await stored("hanging"))?.lastFailure).toBe("It did not answer within 200 ms.");
  });

  test("that hang, answer slowly or never end delay no other", async () => {
    const slow = await webhook("slow");
    const hanging = await webhook("hanging");
    const endless = await webhook("endless");
    const good = await webhook("good");
    const pending: ServerResponse[] = [];
    hanging.behave = () => undefined;
    slow.behave = (response) => pending.push(response);
    endless.behave = (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(16_384)));
      };
      response.on("drain", more);
      more();
    };
    await put("a", "b");
    await delivery.turn(await wholeOutbox(database.pool, horizon), paths);
    while (good.got.length < 2) await once(good.server, "got");
    expect(good.names()).toEqual(["a", "b"]);
    while (slow.got.length < 1) await once(slow.server, "got");
    pending.pop()?.writeHead(200).end();
    while (slow.got.length < 2) await once(slow.server, "got");
    pending.pop()?.writeHead(200).end();
    while (endless.got.length < 2) await once(endless.server, "got");
    expect(hanging.names()).toEqual(["a"]);
    await delivery.close();
    expect(await stored("hanging")).toMatchObject({ failures: 0 });
  });

  test.each([
    ["a redirection", answers(302, { location: "http://127.0.0.1:1/" }), "It answered 302."],
    ["a reset", ((response) => response.socket?.destroy()) satisfies Behaviour, "ECONNRESET"],
  ])("do not follow %s", async (_, behave, failure) => {
    const receiver = await webhook("erp");
    receiver.behave = behave;
    await put("a");
    await turn();
    expect((await stored("erp"))?.lastFailure).toContain(failure);
  });

  test("refuse to reach addresses where no receiver can be", async () => {
    await webhook("bad", { url: "http://169.254.169.254/latest" });
    await put("a");
    await turn();
    expect((await stored("bad"))?.lastFailure).toContain("169.254.169.254 is a link-local");
  });

  test("put away what was tried for too long, and go on with what is newer", async () => {
    const receiver = await webhook("erp");
    receiver.behave = answers(500);
    await put("a", "b");
    await turn();
    nowMs += hourMs - 1;
    await turn();
    expect(await letters()).toEqual([]);
    await put("c");
    await database.pool.query("UPDATE outbox SET recorded_at = $1 WHERE equipment = 'c'", [
      new Date(nowMs),
    ]);
    nowMs += 10 * minuteMs;
    await turn();
    expect(await letters()).toEqual(["a", "b"]);
    expect(outcomes["dead"]).toBe(2);
    receiver.behave = answers(200);
    nowMs += 10 * minuteMs;
    await turn();
    expect(receiver.names()).toEqual(["a", "a", "a", "c"]);
    await resendWebhookDeadLetters(database.pool, { webhook: "erp" });
    await turn();
    expect(receiver.names().slice(4)).toEqual(["a", "b"]);
    expect(await letters()).toEqual([]);
  });

  test("put away at once what the receiver calls wrong three times", async () => {
    const receiver = await webhook("erp");
    receiver.behave = (response) => {
      const isWrong = receiver.names().at(-1) === "wrong";
      response.writeHead(isWrong ? 422 : 200).end();
    };
    await put("a", "wrong", "b");
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await turn();
      nowMs += 10 * minuteMs;
    }
    expect(receiver.names()).toEqual(["a", "wrong", "wrong", "wrong", "b"]);
    expect(await letters()).toEqual(["wrong"]);
  });

  test("are sent again as far as the receiver takes it", async () => {
    const receiver = await webhook("erp");
    receiver.behave = answers(422);
    await put("a");
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await turn();
      nowMs += 10 * minuteMs;
    }
    await resendWebhookDeadLetters(database.pool, { webhook: "erp" });
    await turn();
    await turn();
    expect(receiver.got).toHaveLength(4);
    expect(await letters()).toEqual(["a"]);
  });

  test("are disabled when the receiver has been away for too long", async () => {
    const receiver = await webhook("erp");
    receiver.behave = answers(500);
    await put("a");
    await turn();
    nowMs += 4 * hourMs;
    await turn();
    expect(await stored("erp")).toMatchObject({ enabled: false, deadLetters: 1, version: 2 });
  });

  test("go on where they stood after an end in the middle", async () => {
    const receiver = await webhook("erp");
    receiver.behave = (response) => {
      if (receiver.got.length !== 2) answers(200)(response, response.req);
    };
    await put("a", "b", "c");
    await delivery.turn(await wholeOutbox(database.pool, horizon), paths);
    while (receiver.got.length < 2) await once(receiver.server, "got");
    await delivery.close();
    expect(await stored("erp")).toMatchObject({ failures: 0 });
    delivery = deliver({});
    await turn();
    expect(receiver.names()).toEqual(["a", "b", "b", "c"]);
  });

  test("begin anew when they are changed or deleted meanwhile", async () => {
    const receiver = await webhook("erp");
    receiver.behave = (response) => {
      void database.pool.query("DELETE FROM webhook").then(() => response.writeHead(200).end());
    };
    await put("a", "b");
    await turn();
    expect(receiver.names()).toEqual(["a"]);
    expect(await stored("erp")).toBeUndefined();
  });
});
