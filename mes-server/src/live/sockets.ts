import type { Server as HttpServer } from "node:http";
import {
  consoleProtocolVersion,
  type ConsoleToServer,
  type Frame,
  type ServerToConsole,
  type SubscribeAnswer,
} from "@only-mes/protocols/console/live";
import { topicName } from "@only-mes/protocols/console/subscription";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Logger } from "pino";
import { Server, type Socket } from "socket.io";
import { z } from "zod";
import { Delivery } from "./delivery.ts";
import { refusalText, type LiveRefusal } from "./refusals.ts";
import { isSameHost } from "./same-host.ts";
import type { Topics } from "./topics.ts";
import { TokenBucket } from "./token-bucket.ts";

/** The largest message of a console: a subscription has some hundred bytes. */
const messageBytesMax = 8_192;
const tickEveryMs = 1_000;
const pingIntervalMs = 10_000;
const pingTimeoutMs = 10_000;
/** Requests of one console: a burst when it opens a screen, then a few a second. */
const requestsBurst = 100;
const requestsPerSecond = 10;
/** A console that reads nothing, yet asks for more, is not served any longer. */
const unsentPacketsMax = 64;

type ConsoleSocket = Socket<ConsoleToServer, ServerToConsole>;

const subscribeRequest = z.strictObject({
  topic: topicName,
  epoch: z.string().max(64).optional(),
  seq: z.int().nonnegative().optional(),
});

const hello = z.object({ protocolVersion: z.int() });

export interface SocketsOptions {
  server: HttpServer;
  topics: Topics;
  clock: PlantClock;
  log: Logger;
  onFrame: (consoles: number) => void;
  onRefused: (code: string) => void;
}

export interface Sockets {
  delivery: Delivery;
  close(): Promise<void>;
}

/** The live side's only sockets: websocket only, one frame at a time, one encoding a frame. */
export function openSockets(options: SocketsOptions): Sockets {
  const { topics, clock } = options;
  const io = new Server<ConsoleToServer, ServerToConsole>(options.server, {
    transports: ["websocket"],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: messageBytesMax,
    pingInterval: pingIntervalMs,
    pingTimeout: pingTimeoutMs,
    connectTimeout: 10_000,
    allowRequest: (request, decide) => decide(null, isSameHost(request.headers)),
  });
  const delivery = new Delivery(topics, clock, (consoles, frame) => {
    options.onFrame(consoles.length);
    sendFrame(io, consoles, frame, (id) => delivery.applied(id));
  });
  io.use((socket, next) => {
    const refusal = refusalOf(socket.handshake.auth);
    if (refusal !== undefined) options.onRefused(refusal.code);
    next(refusal === undefined ? undefined : refused(refusal));
  });
  io.on("connection", (socket) => serve(socket, delivery, options));
  const tick = setInterval(
    () => io.volatile.emit("tick", { serverTimeMs: clock.now() }),
    tickEveryMs,
  );
  return {
    delivery,
    async close() {
      clearInterval(tick);
      await io.close();
    },
  };
}

function serve(socket: ConsoleSocket, delivery: Delivery, { clock, log }: SocketsOptions): void {
  const requests = new TokenBucket(requestsBurst, requestsPerSecond);
  delivery.join(socket.id);
  socket.on("disconnect", () => delivery.leave(socket.id));
  socket.use((_, next) => {
    if (requests.take() && unsentPackets(socket) <= unsentPacketsMax) {
      next();
      return;
    }
    log.warn(
      { console: socket.id },
      "a console asks for more than it may; its connection is closed",
    );
    // Closing the connection, unlike a disconnect, lets the console come back after its pause.
    socket.conn.close();
  });
  socket.on("subscribe", (request: unknown, answer: unknown) => {
    if (typeof answer !== "function") return;
    answer(answerTo(request, (parsed) => delivery.subscribe(socket.id, parsed)));
  });
  socket.on("unsubscribe", (topic: unknown) => {
    const parsed = topicName.safeParse(topic);
    if (parsed.success) delivery.unsubscribe(socket.id, parsed.data);
  });
  socket.on("time", (answer: unknown) => {
    if (typeof answer === "function") answer(clock.now());
  });
}

function answerTo(
  request: unknown,
  subscribe: (request: z.infer<typeof subscribeRequest>) => SubscribeAnswer,
): SubscribeAnswer {
  const parsed = subscribeRequest.safeParse(request);
  if (parsed.success) return subscribe(parsed.data);
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") || "subscription";
  return {
    kind: "refused",
    topic: "",
    code: "subscription_invalid",
    message: refusalText("subscription_invalid", `${field}: ${issue?.message ?? "invalid"}.`),
  };
}

/**
 * socket.io calls an acknowledgement with its socket as `this`; so one broadcast, which is encoded
 * once, can tell each console's answer from the others'.
 */
function sendFrame(
  io: Server<ConsoleToServer, ServerToConsole>,
  consoles: readonly string[],
  frame: Frame,
  onApplied: (console: string) => void,
): void {
  const event = 2;
  io.of("/").adapter.broadcastWithAck(
    { type: event, data: ["frame", frame] },
    { rooms: new Set(consoles), except: new Set(), flags: { compress: false } },
    () => {},
    function applied(this: { id: string }) {
      onApplied(this.id);
    },
  );
}

function unsentPackets(socket: ConsoleSocket): number {
  return (socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
}

interface Refusal {
  code: LiveRefusal;
  message: string;
}

function refusalOf(auth: unknown): Refusal | undefined {
  const parsed = hello.safeParse(auth);
  const version = parsed.success ? parsed.data.protocolVersion : 0;
  if (version === consoleProtocolVersion) return undefined;
  const code = version < consoleProtocolVersion ? "protocol_too_old" : "protocol_too_new";
  const versions = `It speaks version ${version} of the console protocol, the server ${consoleProtocolVersion}.`;
  return { code, message: refusalText(code, versions) };
}

/** socket.io hands `data` to the console's `connect_error`. */
function refused({ code, message }: Refusal): Error {
  return Object.assign(new Error(message), { data: { code, message } });
}
