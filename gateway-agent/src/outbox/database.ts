import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Version of the tables below; a file with a higher one belongs to a newer gateway. */
const outboxSchemaVersion = 2;

class OutboxError extends Error {
  override readonly name = "OutboxError";
}

export interface OpenedDatabase {
  readonly db: DatabaseSync;
  /** The file was made now, and with it a new epoch (OB4). */
  readonly isNew: boolean;
  /** Where a file that could not be read was put. */
  readonly setAside: string | undefined;
}

/**
 * @throws {OutboxError} if the file belongs to a newer gateway, or to one that is running (OB15).
 */
export function openDatabase(dataDir: string, nowMs: number): OpenedDatabase {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "outbox.db");
  try {
    return { ...prepared(file), setAside: undefined };
  } catch (error) {
    if (error instanceof OutboxError) throw error;
    if (!isUnreadable(error)) throw explained(file, error);
    const setAside = `${file}.unreadable-${nowMs}`;
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(file + suffix)) renameSync(file + suffix, setAside + suffix);
    }
    return { ...prepared(file), setAside };
  }
}

function prepared(file: string): Pick<OpenedDatabase, "db" | "isNew"> {
  const db = new DatabaseSync(file);
  try {
    // The lock is held as long as the process lives: two gateways on one file would count twice.
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL");
    db.exec("PRAGMA wal_autocheckpoint = 4000");
    const { user_version: version = 0 } = db.prepare("PRAGMA user_version").get() ?? {};
    if (Number(version) > outboxSchemaVersion) {
      throw new OutboxError(
        `${file} has schema ${Number(version)}, and this gateway knows up to ${outboxSchemaVersion}: ` +
          "it was written by a newer version. Start that version, or give another --data-dir.",
      );
    }
    const isNew = Number(version) === 0;
    if (isNew) create(db);
    if (Number(version) < 2) addGaps(db);
    db.exec("BEGIN IMMEDIATE; COMMIT");
    return { db, isNew };
  } catch (error) {
    db.close();
    throw error;
  }
}

function create(db: DatabaseSync): void {
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE message (
      sequence INTEGER PRIMARY KEY,
      device TEXT NOT NULL,
      samples INTEGER NOT NULL,
      gateway_ms INTEGER NOT NULL,
      body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE account (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      epoch INTEGER NOT NULL,
      bd_seq INTEGER NOT NULL,
      produced_messages INTEGER NOT NULL,
      produced_samples INTEGER NOT NULL,
      acknowledged_messages INTEGER NOT NULL,
      acknowledged_samples INTEGER NOT NULL,
      dropped_messages INTEGER NOT NULL,
      dropped_samples INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE alias (
      alias INTEGER PRIMARY KEY AUTOINCREMENT,
      metric TEXT NOT NULL,
      datatype INTEGER NOT NULL,
      UNIQUE (metric, datatype)
    ) STRICT;
    CREATE TABLE observed (device TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT;
    INSERT INTO account VALUES (1, ${newEpoch()}, 255, 0, 0, 0, 0, 0, 0);
    PRAGMA user_version = 1;
    COMMIT;
  `);
}

/** Version 2: what was dropped leaves a marker. */
function addGaps(db: DatabaseSync): void {
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE gap (
      device TEXT NOT NULL,
      reason TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL,
      samples INTEGER NOT NULL,
      PRIMARY KEY (device, reason)
    ) STRICT;
    ALTER TABLE message ADD COLUMN tells_gap INTEGER NOT NULL DEFAULT 0;
    PRAGMA user_version = ${outboxSchemaVersion};
    COMMIT;
  `);
}

/** 1 to 2^53 - 1, from the system's own randomness: two files must not share an epoch. */
function newEpoch(): number {
  return randomInt(1, 2 ** 26) * 2 ** 27 + randomInt(2 ** 27);
}

function errorCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}

const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function isUnreadable(error: unknown): boolean {
  return errorCode(error) === sqliteCorrupt || errorCode(error) === sqliteNotADatabase;
}

function explained(file: string, error: unknown): OutboxError {
  const why = error instanceof Error ? error.message : String(error);
  const message =
    errorCode(error) === sqliteBusy
      ? `${file} is in use by another gateway. End that one, or give another --data-dir.`
      : `${file} cannot be opened: ${why}`;
  return new OutboxError(message, { cause: error });
}
