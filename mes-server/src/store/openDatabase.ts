import { join } from "node:path";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { keepRunning } from "../supervision/keepRunning.ts";
import { startEmbedded } from "./embedded/startEmbedded.ts";
import { keepSamples } from "./keepSamples.ts";
import { migrate } from "./migrate.ts";
import { openPool } from "./pool.ts";

/** The database of this server, with the newest schema. */
export interface Database {
  pool: Pool;
  isEmbedded: boolean;
  /** For people: where it is, without a password. */
  name: string;
  /** Of the embedded one's process. */
  pid(): number | undefined;
  close(): Promise<void>;
}

export interface DatabaseSetting {
  /** Absent: the embedded one, in the data directory. */
  databaseUrl?: string | undefined;
  dataDir: string;
  keepSamplesDays: number;
}

const statementTimeoutMs = 30_000;
const poolSize = 6;

/**
 * Opens the database that the settings name and migrates it.
 *
 * @throws {SchemaRefused} if it is of a newer version; {EmbeddedDatabaseRefused} if its directory is in use.
 */
export async function openDatabase(setting: DatabaseSetting, log: Logger): Promise<Database> {
  const opened =
    setting.databaseUrl === undefined
      ? await openEmbedded(join(setting.dataDir, "database"), log)
      : openServer(setting.databaseUrl, log);
  try {
    await migrate(opened.pool);
    await keepSamples(opened.pool, setting.keepSamplesDays);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function openServer(url: string, log: Logger): Database {
  const pool = openPool({ url, size: poolSize, statementTimeoutMs }, log);
  const shown = new URL(url);
  shown.password = "";
  return {
    pool,
    isEmbedded: false,
    name: shown.href,
    pid: () => undefined,
    close: () => pool.end(),
  };
}

async function openEmbedded(directory: string, log: Logger): Promise<Database> {
  const started = await startEmbedded(directory);
  const { port, url } = started;
  const kept = keepRunning(
    "embedded database",
    started,
    () => startEmbedded(directory, { port }),
    log,
  );
  const pool = openPool({ url, size: 1, statementTimeoutMs }, log);
  return {
    pool,
    isEmbedded: true,
    name: `embedded:${directory}`,
    pid: () => kept.pid,
    close: async () => {
      await pool.end();
      await kept.close();
    },
  };
}
