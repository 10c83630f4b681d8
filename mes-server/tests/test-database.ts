import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pino } from "pino";
import { layEmptyDatabase } from "./database-template.ts";
import { startEmbedded } from "../src/store/embedded/startEmbedded.ts";
import { migrate } from "../src/store/migrate.ts";
import { openPool } from "../src/store/pool.ts";

/** A migrated database of its own, empty: on the server of DATABASE_URL, or else embedded. */
export interface TestDatabase {
  pool: pg.Pool;
  close(): Promise<void>;
}

const log = pino({ level: "silent" });
const statementTimeoutMs = 20_000;

export async function openTestDatabase(): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL;
  const database = server === undefined ? await embedded() : await onServer(server);
  const pool = openPool({ url: database.url, size: database.size, statementTimeoutMs }, log);
  await migrate(pool);
  return {
    pool,
    async close() {
      await pool.end();
      await database.remove();
    },
  };
}

interface Opened {
  url: string;
  size: number;
  remove(): Promise<void>;
}

async function embedded(): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), "only-mes-test-"));
  await layEmptyDatabase(directory);
  const database = await startEmbedded(directory);
  return {
    url: database.url,
    size: 1,
    async remove() {
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function onServer(server: string): Promise<Opened> {
  const name = `only_mes_test_${randomUUID().replaceAll("-", "")}`;
  await onceOn(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    size: 3,
    remove: () => onceOn(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function onceOn(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
