import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { layEmptyDatabase } from "../../../tests/database-template.ts";
import { startEmbedded, type EmbeddedDatabase } from "./startEmbedded.ts";

let directory: string;
let database: EmbeddedDatabase;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "only-mes-embedded-"));
  database = await startEmbedded(directory);
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

async function withClient<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe("the embedded database", () => {
  test("takes messages larger than 64 KiB in both directions", async () => {
    const text = "ä".repeat(300_000);
    const rows = await withClient(async (client) => {
      const answer = await client.query("SELECT $1::text AS text", [text]);
      return answer.rows;
    });
    expect(rows).toEqual([{ text }]);
  });

  test("refuses a second client in words, with and without a wish for TLS", async () => {
    await withClient(async (first) => {
      for (const ssl of [false, true]) {
        const second = new pg.Client({ connectionString: database.url, ssl });
        second.on("error", () => undefined);
        await expect(second.connect()).rejects.toThrow(/one client at a time|SSL/);
      }
      await expect(first.query("SELECT 1 AS one")).resolves.toMatchObject({ rows: [{ one: 1 }] });
    });
  });

  test("forgets the transaction and the statements of a client that is gone", async () => {
    const client = new pg.Client({ connectionString: database.url });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("CREATE TABLE gone (id int)");
    await client.query("BEGIN");
    await client.query({ name: "insert", text: "INSERT INTO gone VALUES ($1)", values: [1] });
    const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
    const rows = await vi.waitFor(() =>
      withClient(async (next) => {
        await next.query({ name: "insert", text: "SELECT $1::int", values: [1] });
        return (await next.query("SELECT * FROM gone")).rows;
      }),
    );
    expect(rows).toEqual([]);
  });

  test("refuses a directory that is in use, and names it", async () => {
    await expect(startEmbedded(directory, { lockWaitMs: 300 })).rejects.toThrow(
      `the data directory ${directory} is in use by another process`,
    );
  });

  test("keeps what was committed when it is killed in mid-write, and opens again", async () => {
    await withClient(async (client) => {
      await client.query("CREATE TABLE written (id int)");
      await client.query("SELECT create_hypertable('written', by_range('id', 1000::bigint))");
      await client.query("INSERT INTO written SELECT generate_series(1, 5000)");
      const unfinished = client.query("INSERT INTO written SELECT generate_series(1, 500000)");
      process.kill(database.pid, "SIGKILL");
      await expect(unfinished).rejects.toThrow(/terminated|ECONNRESET/);
    });
    await database.ended;
    database = await startEmbedded(directory);
    const rows = await withClient(async (client) => {
      await client.query("INSERT INTO written VALUES (5001)");
      return (await client.query("SELECT count(*)::int, max(id) FROM written")).rows;
    });
    expect(rows).toEqual([{ count: 5001, max: 5001 }]);
  });

  test("ends when the process that started it is gone", async () => {
    const owned = await mkdtemp(join(tmpdir(), "only-mes-owned-"));
    await layEmptyDatabase(owned);
    const owner = fork(
      fileURLToPath(new URL("../../../tests/database-owner.ts", import.meta.url)),
      [owned],
    );
    const [{ pid }] = (await once(owner, "message")) as [{ pid: number }];
    owner.kill("SIGKILL");
    await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 });
    const next = await startEmbedded(owned);
    expect(next.port).toBeGreaterThan(0);
    await next.close();
    await rm(owned, { recursive: true, force: true });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
