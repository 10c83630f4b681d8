import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { layEmptyDatabase } from "./database-template.ts";

/** The databases of servers under test: embedded in their data directories, or on DATABASE_URL. */
export class ServerDatabases {
  readonly #onServer = new Map<string, string>();

  /** Environment for a server with this data directory: the same one finds the same database again. */
  async environmentFor(dataDir: string): Promise<NodeJS.ProcessEnv> {
    const given = process.env["DATABASE_URL"];
    if (given === undefined) {
      const directory = join(dataDir, "database");
      if (!existsSync(directory)) await layEmptyDatabase(directory);
      return process.env;
    }
    let name = this.#onServer.get(dataDir);
    if (name === undefined) {
      name = `only_mes_test_${randomUUID().replaceAll("-", "")}`;
      await administer(`CREATE DATABASE ${name}`);
      this.#onServer.set(dataDir, name);
    }
    const url = new URL(given);
    url.pathname = `/${name}`;
    return { ...process.env, DATABASE_URL: url.href };
  }

  /** As if the database had crashed: its process is killed, or its connections are. */
  async crash(dataDir: string, pid: number | null): Promise<void> {
    if (pid !== null) {
      process.kill(pid, "SIGKILL");
      return;
    }
    const name = this.#onServer.get(dataDir);
    await administer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
  }

  async remove(directory: string): Promise<void> {
    for (const name of this.#onServer.values()) {
      await administer(`DROP DATABASE ${name} WITH (FORCE)`);
    }
    this.#onServer.clear();
    await rm(directory, { recursive: true, force: true });
  }
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env["DATABASE_URL"] });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
