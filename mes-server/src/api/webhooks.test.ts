import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { transaction } from "../store/transaction.ts";

const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const actor = "badge:4711";
const nowMs = Date.parse("2026-11-23T08:00:00Z");

let database: TestDatabase;
let edge: RunningEdge;
let receiver: Server;
let url: string;
let status = 204;
let heard: { headers: object; body: string }[] = [];
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      heard.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  receiver.close();
  await edge.close();
  await database.close();
});
beforeEach(async () => {
  heard = [];
  status = 204;
  await database.pool.query("DELETE FROM webhook");
});

interface Answer {
  status: number;
  body: Record<string, unknown> & { error?: { code: string; field?: string; message: string } };
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

const command = (): { commandId: string; actor: string } => {
  commands += 1;
  return { commandId: `webhook-test-${commands}`, actor };
};
const create = (changes: object = {}): Promise<Answer> =>
  ask("POST", "/webhooks", { ...command(), id: "erp", url, secret, ...changes });

const put = (...names: string[]): Promise<void> =>
  transaction(database.pool, (tx) =>
    insertOutboxEvents(
      tx,
      names.map((equipment) => ({
        kind: "unit.stateChanged",
        equipment,
        atMs: nowMs,
        data: { state: "Idle" },
      })),
    ),
  );

describe("webhooks", () => {
  it("are created, changed, listed and deleted, and never show their secret", async () => {
    const created = await create({ kinds: ["unit.*"], equipment: ["bottling-1"] });
    expect(created.body).toEqual({
      id: "erp",
      version: 1,
      url,
      kinds: ["unit.*"],
      equipment: ["bottling-1"],
      description: "",
      enabled: true,
      createdAt: "2026-11-23T08:00:00.000Z",
      sentSequence: expect.any(Number),
      failures: 0,
      failingSince: null,
      lastFailure: null,
      deliveredAt: null,
      deadLetters: 0,
    });
    const change = { ...command(), url, enabled: false, expectedVersion: 1 };
    expect((await ask("PUT", "/webhooks/erp", change)).body).toMatchObject({
      version: 2,
      kinds: [],
      enabled: false,
    });
    const { rows } = await database.pool.query("SELECT secret FROM webhook");
    expect(rows).toEqual([{ secret }]);
    const shown = [await ask("GET", "/webhooks"), await ask("GET", "/commands?kind=webhook.*")];
    expect(JSON.stringify(shown)).toContain("erp");
    expect(JSON.stringify(shown)).not.toContain(secret.slice(6));
    expect((await ask("DELETE", "/webhooks/erp", command())).status).toBe(200);
    expect((await ask("GET", "/webhooks/erp")).body.error?.code).toBe("webhook_unknown");
  });

  it.each([
    [{ url: "ftp://erp/" }, 422, "webhook_url_refused", "url"],
    [{ url: "http://169.254.169.254/" }, 422, "webhook_url_refused", "url"],
    [{ kinds: ["job.melted"] }, 422, "event_kind_unknown", "kinds"],
    [{ kinds: ["nothing.*"] }, 422, "event_kind_unknown", "kinds"],
    [{ secret: "hunter2" }, 400, "body_invalid", "secret"],
    [{ id: "ERP 1" }, 400, "body_invalid", "id"],
    [{ surprise: 1 }, 400, "body_invalid", "surprise"],
  ])("refuse %j", async (changes, expected, code, field) => {
    const { status: answered, body } = await create(changes);
    expect([answered, body.error?.code, body.error?.field]).toEqual([expected, code, field]);
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });

  it("have ids of their own, and a bound", async () => {
    await create();
    expect((await create()).body.error?.code).toBe("webhook_exists");
    await database.pool.query(
      `INSERT INTO webhook (id, url, kinds, equipment, secret, description, enabled, created_at, sent)
       SELECT 'w' || n, 'http://x/', '{}', '{}', $1, '', false, now(), 0 FROM generate_series(1, 99) n`,
      [secret],
    );
    expect((await create({ id: "more" })).body.error?.code).toBe("webhooks_too_many");
  });

  it("refuse a change of a version that is overtaken", async () => {
    await create();
    const stale = { ...command(), url, expectedVersion: 7 };
    expect((await ask("PUT", "/webhooks/erp", stale)).body.error?.code).toBe("version_overtaken");
    const gone = { ...command(), expectedVersion: 7 };
    expect((await ask("DELETE", "/webhooks/erp", gone)).body.error?.code).toBe("version_overtaken");
  });

  it("can be tried out", async () => {
    await create();
    const { body } = await ask("POST", "/webhooks/erp/test");
    expect(body).toEqual({
      isTaken: true,
      status: 204,
      failure: null,
      durationMs: expect.any(Number),
    });
    expect(heard[0]?.headers).toMatchObject({ "webhook-id": expect.stringMatching(/^test-/) });
    expect(JSON.parse(heard[0]?.body ?? "")).toMatchObject({
      kind: "webhook.test",
      sequence: 0,
      data: { webhook: "erp" },
    });
    status = 500;
    const failed = await ask("POST", "/webhooks/erp/test");
    expect(failed.body).toMatchObject({ isTaken: false, failure: "It answered 500." });
    expect((await ask("POST", "/webhooks/crm/test")).body.error?.code).toBe("webhook_unknown");
  });

  it("show dead letters, and send them again on demand", async () => {
    await create();
    await database.pool.query(
      `INSERT INTO webhook_dead_letter (webhook, event, at, kind, equipment, data, reason, dead_since)
       SELECT 'erp', n, $1, 'unit.stateChanged', 'bottling-1.filler', '{"state": "Idle"}', 'It answered 500.', $1
         FROM generate_series(1, 3) n`,
      [new Date(nowMs)],
    );
    const page = await ask("GET", "/webhooks/erp/dead-letters?limit=2");
    expect(page.body).toMatchObject({
      items: [
        {
          sequence: 1,
          kind: "unit.stateChanged",
          equipment: "bottling-1.filler",
          at: "2026-11-23T08:00:00.000Z",
          data: { state: "Idle" },
          reason: "It answered 500.",
          deadSince: "2026-11-23T08:00:00.000Z",
          isResending: false,
        },
        { sequence: 2 },
      ],
      nextCursor: expect.any(String),
    });
    const response = await fetch(`${edge.url}/api/v1/webhooks/erp/dead-letters?format=csv`);
    expect((await response.text()).split("\r\n")[1]).toBe(
      '1,unit.stateChanged,bottling-1.filler,2026-11-23T08:00:00.000Z,"{""state"":""Idle""}",It answered 500.,2026-11-23T08:00:00.000Z',
    );
    const some = { ...command(), deadLetters: [2, 9] };
    expect((await ask("POST", "/webhooks/erp/replay", some)).body).toMatchObject({
      deadLetters: 1,
    });
    const all = { ...command(), deadLetters: "all" };
    expect((await ask("POST", "/webhooks/erp/replay", all)).body).toMatchObject({ deadLetters: 3 });
  });

  it("are replayed from a sequence that is kept, and from no other", async () => {
    await put("a", "b", "c");
    await create();
    const { items } = (await ask("GET", "/events")).body as unknown as {
      items: { sequence: number }[];
    };
    const last = items.at(-1)?.sequence ?? 0;
    const replay = (body: object): Promise<Answer> =>
      ask("POST", "/webhooks/erp/replay", { ...command(), ...body });
    expect((await replay({ fromSequence: last - 1 })).body).toEqual({
      deadLetters: 0,
      sentSequence: last - 2,
    });
    expect((await ask("GET", "/webhooks/erp")).body).toMatchObject({
      sentSequence: last - 2,
      version: 2,
    });
    const ahead = await replay({ fromSequence: last + 1 });
    expect(ahead.body.error).toMatchObject({ code: "events_forgotten", field: "fromSequence" });
    await database.pool.query("DELETE FROM outbox WHERE id < $1", [last]);
    expect((await replay({ fromSequence: last - 1 })).body.error?.code).toBe("events_forgotten");
    expect((await replay({})).body.error?.code).toBe("replay_of_nothing");
  });
});

describe("events", () => {
  it("are listed page by page, by kind, equipment and time", async () => {
    await database.pool.query("DELETE FROM outbox");
    await put("bottling-1", "bottling-1.filler", "bottling-10", "northwind/lakeside");
    const names = async (query: string): Promise<string[]> => {
      const { body } = await ask("GET", `/events?${query}`);
      return (body as unknown as { items: { equipment: string }[] }).items.map(
        ({ equipment }) => equipment,
      );
    };
    expect(await names("equipment=bottling-1")).toEqual(["bottling-1", "bottling-1.filler"]);
    expect(await names("equipment=northwind")).toEqual(["northwind/lakeside"]);
    expect(await names("kind=unit.*&limit=2")).toEqual(["bottling-1", "bottling-1.filler"]);
    expect(await names("kind=webhook.test")).toEqual([]);
    expect(await names("from=2026-11-23T08:00:00Z&to=2026-11-23T08:00:01Z")).toHaveLength(4);
    expect(await names("to=2026-11-23T08:00:00Z")).toEqual([]);
    const first = await ask("GET", "/events?limit=3");
    expect(await names(`cursor=${String(first.body["nextCursor"])}`)).toEqual([
      "northwind/lakeside",
    ]);
    const { items } = first.body as unknown as { items: { sequence: number }[] };
    expect(await names(`after=${items[1]?.sequence}`)).toHaveLength(2);
    const unknown = await ask("GET", "/events?kind=job.melted");
    expect(unknown.body.error?.code).toBe("event_kind_unknown");
    const reversed = await ask("GET", "/events?from=2026-11-23T08:00:00Z&to=2026-11-23T08:00:00Z");
    expect(reversed.body.error?.code).toBe("range_reversed");
  });

  it("have kinds with a schema and an example each", async () => {
    const { body } = await ask("GET", "/event-kinds");
    expect((body as { items?: unknown }).items).toContainEqual(
      expect.objectContaining({
        kind: "webhook.test",
        data: expect.objectContaining({ type: "object", required: ["webhook"] }),
        example: { equipment: "", data: { webhook: "erp" } },
      }),
    );
  });
});
