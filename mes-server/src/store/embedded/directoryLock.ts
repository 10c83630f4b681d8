import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

export interface DirectoryLock {
  release(): void;
}

/** Another process holds the directory. */
export class DirectoryInUse extends Error {
  readonly directory: string;
  constructor(directory: string, waitedMs: number) {
    super(
      `the data directory ${directory} is in use by another process (waited ${waitedMs} ms for it). ` +
        "Stop that process, or choose another directory with --data-dir",
    );
    this.name = "DirectoryInUse";
    this.directory = directory;
  }
}

const pollMs = 100;

/**
 * Holds a directory for this process alone. The lock is SQLite's exclusive lock on a file in it: the
 * operating system lets go of it when the process ends in whatever way, `kill -9` included.
 *
 * @throws {DirectoryInUse} if another process still holds it after `waitMs`.
 */
export async function lockDirectory(
  directory: string,
  name: string,
  waitMs: number,
): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true });
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = tryLock(join(directory, name));
    if (lock !== undefined) return lock;
    if (performance.now() >= deadline) throw new DirectoryInUse(directory, waitMs);
    await delay(pollMs);
  }
}

function tryLock(file: string): DirectoryLock | undefined {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/.test(error.message)) return undefined;
    throw error;
  }
}
