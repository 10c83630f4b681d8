import type { LeaseAnswer } from "@only-mes/protocols/gateway/messages";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { leases, type Leases } from "./leases.ts";

let database: TestDatabase;
let server: Leases;
let monotonicMs: number;
let gateway: string;
let gateways = 0;
const said: LeaseAnswer[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  gateways += 1;
  gateway = `edge-${gateways}`;
  said.length = 0;
  monotonicMs = 0;
  server = serverOf();
  monotonicMs = 60_000;
});

function serverOf(): Leases {
  return leases({
    pool: database.pool,
    log: pino({ level: "silent" }),
    say: (_, message) => void said.push(message as LeaseAnswer),
    monotonicMs: () => monotonicMs,
    wallMs: () => 1000,
  });
}

async function ask(member: string, isLast = false, of = server): Promise<LeaseAnswer | undefined> {
  said.length = 0;
  const question = { ask: 7, leaseMs: 3000, isLast, nowMs: 0 };
  const topic = { site: "works", gateway, kind: "leaseAsk", member } as const;
  await of.asked(topic, Buffer.from(JSON.stringify(question)));
  return said[0];
}

/** As if the time had passed at the database. */
async function passes(ms: number): Promise<void> {
  await database.pool.query("UPDATE gateway_lease SET until = until - $1 * INTERVAL '1 ms'", [ms]);
}

describe("the lease of a redundant gateway", () => {
  it("goes to the first that asks, is renewed, and goes to another only when it has run out", async () => {
    expect(await ask("a")).toEqual({ ask: 7, isGranted: true, holder: "a", term: 1, nowMs: 1000 });
    expect(await ask("b")).toMatchObject({ isGranted: false, holder: "a", term: 1 });
    await passes(2000);
    expect(await ask("a")).toMatchObject({ isGranted: true, term: 1 });
    await passes(2000);
    expect(await ask("b")).toMatchObject({ isGranted: false, holder: "a" });
    await passes(1100);
    expect(await ask("b")).toMatchObject({ isGranted: true, holder: "b", term: 2 });
    expect(await ask("a")).toMatchObject({ isGranted: false, holder: "b", term: 2 });
  });

  it("is granted once, however many servers are asked at once", async () => {
    const other = serverOf();
    monotonicMs = 120_000;
    await Promise.all([ask("a"), ask("b", false, other), ask("c"), ask("d", false, other)]);
    expect(said.filter(({ isGranted }) => isGranted)).toHaveLength(1);
    expect(new Set(said.map(({ holder }) => holder)).size).toBe(1);
  });

  it("goes to the last holder first when the server comes back", async () => {
    await ask("a");
    await passes(60_000);
    const back = serverOf();
    back.connected();
    expect(await ask("b", false, back)).toMatchObject({ isGranted: false, holder: "a", term: 1 });
    expect(await ask("a", false, back)).toMatchObject({ isGranted: true, holder: "a", term: 1 });
    await passes(60_000);
    monotonicMs += 3000;
    expect(await ask("b", false, back)).toMatchObject({ isGranted: true, holder: "b", term: 2 });
  });

  it("given back, is free a second later; one that has it not cannot give it back", async () => {
    await ask("a");
    await ask("b", true);
    expect(await ask("b")).toMatchObject({ isGranted: false, holder: "a" });
    await ask("a", true);
    expect(await ask("b")).toMatchObject({ isGranted: false });
    await passes(1000);
    expect(await ask("b")).toMatchObject({ isGranted: true, holder: "b", term: 2 });
  });

  it("is not given for a question that is none", async () => {
    const topic = { site: "works", gateway, kind: "leaseAsk", member: "a" } as const;
    await server.asked(topic, Buffer.from("{"));
    await server.asked(topic, Buffer.from('{"ask":1,"leaseMs":1,"nowMs":0}'));
    expect(said).toEqual([]);
  });
});
