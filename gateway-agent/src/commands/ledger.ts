import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { CommandRequest, CommandResult } from "@only-mes/protocols/events/command";

/** `waiting` for its turn, `started`: the device is being asked, `ended`: there is a result. */
type CommandState = "waiting" | "started" | "ended";

export interface LedgerEntry {
  readonly device: string;
  readonly request: CommandRequest;
  /** Of everything that was asked: the same id with another one is another command. */
  readonly fingerprint: string;
  readonly receivedAtMs: number;
  readonly state: CommandState;
  readonly result: CommandResult | undefined;
}

const ledgerSchemaVersion = 1;
const ledgerEntriesMax = 10_000;

/** [CM2] [CM9] Every command and what became of it, synced at each step. */
export class CommandLedger {
  /** Where a file that could not be read was put: nobody knows any more what was carried out. */
  readonly setAside: string | undefined;
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #entriesMax: number;
  #knownSinceMs: number;

  constructor(dataDir: string, nowMs: number, entriesMax = ledgerEntriesMax) {
    const { db, setAside } = open(dataDir, nowMs);
    this.#db = db;
    this.#entriesMax = entriesMax;
    this.setAside = setAside;
    this.#statements = prepare(db);
    this.#knownSinceMs = Number(
      db.prepare("SELECT known_since_ms FROM ledger").get()?.["known_since_ms"],
    );
  }

  /** A command that was issued before may have been carried out and forgotten. */
  get knownSinceMs(): number {
    return this.#knownSinceMs;
  }

  find(id: string): LedgerEntry | undefined {
    const row = this.#statements.find.get(id);
    return row === undefined ? undefined : entryOf(row);
  }

  /** @throws {Error} if it could not be made durable. */
  receive(entry: Omit<LedgerEntry, "state" | "result">): void {
    const { device, request, fingerprint, receivedAtMs } = entry;
    this.#transaction(() => {
      this.#statements.receive.run(
        request.id,
        device,
        JSON.stringify(request),
        fingerprint,
        request.issuedAtMs,
        receivedAtMs,
      );
      this.#forgetOldest();
    });
  }

  /** The device is asked next. @throws {Error} if that could not be made durable. */
  start(id: string): void {
    this.#statements.start.run(id);
  }

  end(id: string, result: CommandResult): void {
    this.#statements.end.run(JSON.stringify(result), id);
  }

  /** The answer is in the outbox. */
  reported(id: string): void {
    this.#statements.reported.run(id);
  }

  /** What an earlier run left without a result, or without an answer. */
  unfinished(): LedgerEntry[] {
    return this.#statements.unfinished.all().map(entryOf);
  }

  /** The newest first. */
  latest(limit: number): LedgerEntry[] {
    return this.#statements.latest.all(limit).map(entryOf);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #forgetOldest(): void {
    const row = this.#statements.oldestBeyond.get(this.#entriesMax);
    if (row === undefined) return;
    const issuedMs = Number(row["issued_ms"]);
    const { changes } = this.#statements.forget.run(issuedMs);
    if (changes === 0) return;
    this.#knownSinceMs = Math.max(this.#knownSinceMs, issuedMs + 1);
    this.#statements.knownSince.run(this.#knownSinceMs);
  }

  #transaction(perform: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      perform();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

function entryOf(row: Record<string, unknown>): LedgerEntry {
  const result = row["result"];
  return {
    device: String(row["device"]),
    request: JSON.parse(String(row["request"])) as CommandRequest,
    fingerprint: String(row["fingerprint"]),
    receivedAtMs: Number(row["received_ms"]),
    state: row["state"] as CommandState,
    result: typeof result === "string" ? (JSON.parse(result) as CommandResult) : undefined,
  };
}

function prepare(db: DatabaseSync) {
  const statement = (sql: string): StatementSync => db.prepare(sql);
  return {
    find: statement("SELECT * FROM command WHERE id = ?"),
    receive: statement(
      `INSERT INTO command (id, device, request, fingerprint, issued_ms, received_ms, state, reported)
       VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0)`,
    ),
    start: statement("UPDATE command SET state = 'started' WHERE id = ? AND state = 'waiting'"),
    end: statement("UPDATE command SET state = 'ended', result = ? WHERE id = ?"),
    reported: statement("UPDATE command SET reported = 1 WHERE id = ?"),
    unfinished: statement("SELECT * FROM command WHERE reported = 0 ORDER BY rowid"),
    latest: statement("SELECT * FROM command ORDER BY rowid DESC LIMIT ?"),
    oldestBeyond: statement(
      "SELECT issued_ms FROM command ORDER BY issued_ms DESC LIMIT 1 OFFSET ?",
    ),
    forget: statement("DELETE FROM command WHERE issued_ms <= ? AND reported = 1"),
    knownSince: statement("UPDATE ledger SET known_since_ms = ?"),
  };
}

function open(dataDir: string, nowMs: number) {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "commands.db");
  try {
    return { db: prepared(file, nowMs), setAside: undefined };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const setAside = `${file}.unreadable-${nowMs}`;
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(file + suffix)) renameSync(file + suffix, setAside + suffix);
    }
    return { db: prepared(file, nowMs), setAside };
  }
}

function prepared(file: string, nowMs: number): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL");
    const { user_version: version = 0 } = db.prepare("PRAGMA user_version").get() ?? {};
    if (Number(version) > ledgerSchemaVersion) {
      throw new Error(
        `${file} has schema ${Number(version)}, and this gateway knows up to ${ledgerSchemaVersion}: ` +
          "it was written by a newer version. Start that version, or give another --data-dir.",
      );
    }
    if (Number(version) === 0) create(db, nowMs);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function create(db: DatabaseSync, nowMs: number): void {
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE command (
      id TEXT NOT NULL UNIQUE,
      device TEXT NOT NULL,
      request TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      issued_ms INTEGER NOT NULL,
      received_ms INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'started', 'ended')),
      result TEXT,
      reported INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX command_issued ON command (issued_ms);
    CREATE TABLE ledger (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      known_since_ms INTEGER NOT NULL
    ) STRICT;
    INSERT INTO ledger VALUES (1, ${Math.trunc(nowMs)});
    PRAGMA user_version = ${ledgerSchemaVersion};
    COMMIT;
  `);
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function isUnreadable(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  if (typeof code !== "number") return false;
  return (code & 0xff) === sqliteCorrupt || (code & 0xff) === sqliteNotADatabase;
}
