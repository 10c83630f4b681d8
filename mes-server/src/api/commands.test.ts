import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { transaction } from "../store/transaction.ts";

/** The envelope of every command, on one that is simple: the webhook "erp" is created or changed. */
const nowMs = Date.parse("2026-11-23T08:00:00Z");
const wanted = {
  url: "http://127.0.0.1:9/",
  secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
};

let database: TestDatabase;
let edge: RunningEdge;
let ids = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
});
afterAll(async () => {
  await edge.close();
  await database.close();
});
beforeEach(async () => {
  edge.clock.nowMs = nowMs;
  await database.pool.query("DELETE FROM webhook");
});

interface Answer {
  status: number;
  code: string | undefined;
  body: { version?: number; error?: { code: string; field?: string } };
}

async function send(
  method: "POST" | "PUT",
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Answer["body"];
  return { status: response.status, code: answer.error?.code, body: answer };
}

const newId = (): string => `command-${(ids += 1)}`;
const create = (body: object = {}, headers = {}): Promise<Answer> =>
  send("POST", "/webhooks", { actor: "badge:1", id: "erp", ...wanted, ...body }, headers);
const change = (body: object): Promise<Answer> =>
  send("PUT", "/webhooks/erp", { actor: "badge:1", url: wanted.url, ...body });

async function rowsOf(commandId: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM command WHERE id = $1",
    [commandId],
  );
  return rows[0]?.count ?? 0;
}

describe("a command", () => {
  it("that comes again is carried out once and answered alike", async () => {
    const commandId = newId();
    const first = await create({ commandId });
    edge.clock.nowMs += 60_000;
    const again = await create({ commandId });
    expect(again).toEqual(first);
    expect(again.status).toBe(200);
    expect(await rowsOf(commandId)).toBe(1);
  });

  it("that comes many times at once is carried out once", async () => {
    const commandId = newId();
    await create({ commandId: newId() });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => change({ commandId, description: "at once" })),
    );
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]?.body.version).toBe(2);
    expect(await rowsOf(commandId)).toBe(1);
  });

  it("of an id that asked for something else is refused", async () => {
    const commandId = newId();
    await create({ commandId });
    const other = await create({ commandId, description: "other" });
    expect([other.status, other.code]).toEqual([409, "command_id_in_use"]);
    const elsewhere = await send("PUT", "/webhooks/erp", {
      commandId,
      actor: "badge:1",
      url: wanted.url,
    });
    expect(elsewhere.code).toBe("command_id_in_use");
  });

  it("needs an id, in the body or in the header, and not two of them", async () => {
    expect((await create()).code).toBe("command_id_missing");
    const id = newId();
    expect((await create({ commandId: id }, { "idempotency-key": newId() })).code).toBe(
      "command_ids_differ",
    );
    expect((await create({}, { "idempotency-key": "short" })).code).toBe("body_invalid");
    expect((await create({}, { "idempotency-key": id })).status).toBe(200);
    expect((await create({ commandId: id }, { "idempotency-key": id })).status).toBe(200);
    expect(await rowsOf(id)).toBe(1);
  });

  it("does not happen later than now, but for what clocks differ by", async () => {
    const at = (ms: number): string => new Date(nowMs + ms).toISOString();
    const late = await create({ commandId: newId(), occurredAt: at(6_000) });
    expect([late.status, late.code]).toEqual([422, "occurs_in_future"]);
    const early = { commandId: newId(), occurredAt: at(4_000) };
    expect((await create(early)).status).toBe(200);
  });

  it("expects the version that was seen", async () => {
    await create({ commandId: newId() });
    const stale = await change({ commandId: newId(), expectedVersion: 5 });
    expect([stale.status, stale.code]).toEqual([409, "version_overtaken"]);
    expect((await change({ commandId: newId(), expectedVersion: 1 })).body.version).toBe(2);
  });

  it("that was refused may be sent again when it can be carried out", async () => {
    const commandId = newId();
    expect((await change({ commandId })).code).toBe("webhook_unknown");
    expect(await rowsOf(commandId)).toBe(0);
    await create({ commandId: newId() });
    expect((await change({ commandId })).status).toBe(200);
  });

  it("stays in the audit: it cannot be changed or deleted there", async () => {
    const commandId = newId();
    await create({ commandId });
    for (const sql of ["DELETE FROM command", "UPDATE command SET actor = 'nobody'"]) {
      const tried = transaction(database.pool, (tx) => tx.query(sql));
      await expect(tried).rejects.toThrow("rows of command are only added");
    }
  });
});

describe("the audit", () => {
  const list = async (query: string): Promise<{ ids: string[]; nextCursor?: string }> => {
    const response = await fetch(`${edge.url}/api/v1/commands?${query}`);
    const body = (await response.json()) as { items: { id: string }[]; nextCursor?: string };
    return { ...body, ids: body.items.map(({ id }) => id) };
  };

  beforeAll(async () => {
    await database.pool.query(
      `INSERT INTO command (id, kind, actor, occurred_at, received_at, subject, body, digest, answer)
       SELECT 'audited-' || n, CASE WHEN n % 2 = 0 THEN 'job.start' ELSE 'job.hold' END, 'badge:' || n % 3,
              $1::timestamptz + n * INTERVAL '1 min', $1::timestamptz + n / 2 * INTERVAL '2 min', 'job-' || n,
              jsonb_build_object('note', '=1+' || n), '', 'null'
         FROM generate_series(1, 6) n`,
      [new Date("2026-11-20T00:00:00Z")],
    );
  });

  it("is paged, the last received first, without losing those of the same instant", async () => {
    const all = (await list("kind=job.*")).ids;
    expect(all).toEqual([6, 5, 4, 3, 2, 1].map((n) => `audited-${n}`).toSorted(byReceived));
    const paged: string[] = [];
    let cursor = "";
    for (let page = 0; page < 4; page += 1) {
      const { ids: some, nextCursor } = await list(`kind=job.*&limit=2${cursor}`);
      paged.push(...some);
      if (nextCursor === undefined) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(paged).toEqual(all);
  });

  it("is found by subject, actor, kind and time", async () => {
    expect((await list("subject=job-3")).ids).toEqual(["audited-3"]);
    expect((await list("actor=badge:0")).ids).toEqual(["audited-6", "audited-3"]);
    expect((await list("kind=job.start")).ids).toEqual(["audited-6", "audited-4", "audited-2"]);
    const range = "kind=job.*&from=2026-11-20T00:02:00Z&to=2026-11-20T00:04:00Z";
    expect((await list(range)).ids.toSorted()).toEqual(["audited-2", "audited-3"]);
  });

  it("can be had as CSV, in which no body becomes a formula", async () => {
    const response = await fetch(`${edge.url}/api/v1/commands?format=csv&subject=job-1`);
    expect(await response.text()).toBe(
      "id,kind,actor,occurred_at,received_at,subject,body\r\n" +
        'audited-1,job.hold,badge:1,2026-11-20T00:01:00.000Z,2026-11-20T00:00:00.000Z,job-1,"{""note"":""=1+1""}"\r\n',
    );
  });
});

/** Received every two minutes in pairs; of a pair the higher id first. */
function byReceived(a: string, b: string): number {
  const [na = 0, nb = 0] = [a, b].map((id) => Number(id.slice("audited-".length)));
  return Math.floor(nb / 2) - Math.floor(na / 2) || nb - na;
}
