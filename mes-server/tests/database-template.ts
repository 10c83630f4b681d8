import { createHash } from "node:crypto";
import { cp, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { startEmbedded } from "../src/store/embedded/startEmbedded.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";
import { openPool } from "../src/store/pool.ts";

/**
 * Puts an empty, migrated embedded database into a directory. It is made once for each state of the
 * migrations and copied from then on: making one takes seconds, a copy does not.
 */
export async function layEmptyDatabase(directory: string): Promise<void> {
  await cp(await template(), directory, { recursive: true });
}

async function template(): Promise<string> {
  const hashes = readMigrations().map(({ sha256 }) => sha256);
  const version = createHash("sha256").update(hashes.join()).digest("hex").slice(0, 16);
  const path = join(tmpdir(), `only-mes-template-${process.getuid?.() ?? 0}-${version}`);
  if (await exists(path)) return path;
  const made = await mkdtemp(join(tmpdir(), "only-mes-template-"));
  await makeDatabase(made);
  try {
    await rename(made, path);
  } catch {
    // Another test file was faster.
    await rm(made, { recursive: true, force: true });
  }
  return path;
}

async function makeDatabase(directory: string): Promise<void> {
  const database = await startEmbedded(directory);
  const log = pino({ level: "silent" });
  const pool = openPool({ url: database.url, size: 1, statementTimeoutMs: 20_000 }, log);
  await migrate(pool);
  await pool.end();
  await database.close();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
