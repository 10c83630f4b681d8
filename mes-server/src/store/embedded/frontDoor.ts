import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketHandler, type PGLiteSocketHandlerOptions } from "@electric-sql/pglite-socket";

export interface FrontDoor {
  port: number;
  close(): Promise<void>;
}

/**
 * Lets one client at a time speak to the database, over loopback. The database has one session only:
 * a second client would share its transaction, or wait for ever, so it is refused in words.
 */
export async function openFrontDoor(database: PGlite, port = 0): Promise<FrontDoor> {
  let leaving: Promise<void> = Promise.resolve();
  let present: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (present !== undefined) {
      refuse(socket);
      return;
    }
    present = socket;
    // Nothing may reach the session before what the last client left in it is gone.
    socket.pause();
    leaving = leaving.then(() => serve(database, socket)).finally(() => (present = undefined));
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      present?.destroy();
      await leaving;
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(database: PGlite, socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const queue = messageQueue(database);
  const handler = new PGLiteSocketHandler({ queryQueue: queue, closeOnDetach: true });
  // The handler takes all listeners off the socket when it lets go of it: it must be asked as well.
  const gone = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    handler.addEventListener("close", () => resolve());
    handler.addEventListener("error", () => resolve());
  });
  await handler.attach(socket);
  socket.resume();
  await gone;
  await handler.detach(true);
  socket.on("error", () => undefined);
  socket.destroy();
  await forgetSession(database);
}

/**
 * The queue that the handler hands its messages to: in order, one at a time. The library's own queue
 * is not exported and serves several clients, which one session cannot.
 */
function messageQueue(database: PGlite): PGLiteSocketHandlerOptions["queryQueue"] {
  const queue = {
    enqueue: (_handler: number, message: Uint8Array) =>
      database.runExclusive(() => database.execProtocolRaw(message)),
    clearQueueForHandler: () => undefined,
    clearTransactionIfNeeded: () => Promise.resolve(),
    getQueueLength: () => 0,
  };
  return queue as unknown as PGLiteSocketHandlerOptions["queryQueue"];
}

/** A session that was left in the middle of a message may never be free again. */
const forgetWithinMs = 2000;

/**
 * The next client must find no transaction, no prepared statement and no setting of the last one. A
 * session that cannot be brought there ends this process; its owner opens the database again.
 */
async function forgetSession(database: PGlite): Promise<void> {
  const stuck = setTimeout(() => process.exit(1), forgetWithinMs);
  await database.exec("ROLLBACK");
  await database.exec("DEALLOCATE ALL");
  await database.exec("RESET ALL");
  // The library sets it for its session; what it is reset to finds none of our tables.
  await database.exec("SET search_path TO public");
  clearTimeout(stuck);
}

const refusal =
  "the embedded database takes one client at a time and has one; set DATABASE_URL to a TimescaleDB server for more";

/** An ErrorResponse of the PostgreSQL protocol: 53300 is too_many_connections. */
function refuse(socket: Socket): void {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C53300\0M${refusal}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(4 + fields.length, 1);
  // After its first bytes, so that a client that has not spoken yet does not take it for noise.
  socket.once("data", (data) => {
    const wantsTls = data.length >= 8 && data.readInt32BE(4) === 80_877_103;
    if (!wantsTls) {
      socket.end(Buffer.concat([head, fields]));
      return;
    }
    socket.write("N");
    socket.once("data", () => socket.end(Buffer.concat([head, fields])));
  });
  socket.setTimeout(2000, () => socket.destroy());
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
