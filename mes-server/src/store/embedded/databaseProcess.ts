import { join } from "node:path";
import { parseArgs } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { timescaledb } from "@electric-sql/pglite/timescaledb";
import { lockDirectory } from "./directoryLock.ts";
import { openFrontDoor } from "./frontDoor.ts";

/**
 * The process of the embedded database. It belongs to the process that started it, tells it
 * `ready` or `refused`, and ends when that one says so or is gone.
 */
export type DatabaseProcessMessage =
  | { type: "ready"; port: number }
  | { type: "refused"; message: string };

const lockFile = "database.lock";

/** Closing in order must not take longer; what is committed survives any other end as well. */
const closeWithinMs = 3000;
const orphanClosesWithinMs = 500;

function tell(message: DatabaseProcessMessage): void {
  process.send?.(message);
}

async function run(directory: string, lockWaitMs: number, port: number): Promise<void> {
  const lock = await lockDirectory(directory, lockFile, lockWaitMs);
  const database = await PGlite.create(join(directory, "pgdata"), { extensions: { timescaledb } });
  // Without both libraries loaded first, inserts and compression fail for want of TimescaleDB's hooks.
  await database.exec("LOAD 'timescaledb'; LOAD 'timescaledb-2.23.0-dev'");
  await database.exec("CREATE EXTENSION IF NOT EXISTS timescaledb");
  const door = await openFrontDoor(database, port);

  let closing = false;
  const close = async (): Promise<void> => {
    if (closing) return;
    closing = true;
    await door.close();
    await database.close();
    lock.release();
    process.exit(0);
  };
  const closeOrFail = (withinMs: number): void => {
    setTimeout(() => process.exit(1), withinMs);
    close().catch(() => process.exit(1));
  };
  // An orphan would hold the directory, and two databases on one directory destroy it.
  process.on("disconnect", () => closeOrFail(orphanClosesWithinMs));
  process.on("message", (message: { type?: string }) => {
    if (message.type === "shutdown") closeOrFail(closeWithinMs);
  });
  if (!process.connected) closeOrFail(orphanClosesWithinMs);
  else tell({ type: "ready", port: door.port });
}

// The owner is told to stop by the same signals, and decides in which order its parts end.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

const { values } = parseArgs({
  options: {
    dir: { type: "string", default: "." },
    "lock-wait-ms": { type: "string", default: "10000" },
    port: { type: "string", default: "0" },
  },
});

run(values.dir, Number(values["lock-wait-ms"]), Number(values.port)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  if (process.connected) {
    process.send?.({ type: "refused", message } satisfies DatabaseProcessMessage, () =>
      process.exit(1),
    );
  } else process.exit(1);
});
