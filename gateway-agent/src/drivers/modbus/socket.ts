import { connect, type Socket } from "node:net";
import { decodeReply, encodeRead, splitFrame, type ReadRequest, type Reply } from "./frame.ts";

/** Why a connection is of no more use. */
export class SocketFault extends Error {
  readonly code: "unreachable" | "timeout" | "closed" | "malformed";

  constructor(code: SocketFault["code"], message: string) {
    super(message);
    this.name = "SocketFault";
    this.code = code;
  }
}

export type Answer = Extract<Reply, { kind: "values" | "exception" }>;

/**
 * One TCP connection with one request in flight. After any fault it is destroyed, never used again:
 * a late reply can then reach nobody.
 */
export class ModbusSocket {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #received: Buffer = Buffer.alloc(0);
  #transaction = 0;
  #fault: SocketFault | undefined;
  #waiting:
    | { request: ReadRequest; done: (answer: Answer) => void; failed: (fault: SocketFault) => void }
    | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(new SocketFault("closed", error.message)));
    socket.on("close", () => this.#fail(new SocketFault("closed", "the connection was closed")));
  }

  /** @throws {SocketFault} if no connection stands within the timeout. */
  static async open(host: string, port: number, timeoutMs: number): Promise<ModbusSocket> {
    const socket = connect({ host, port, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<ModbusSocket>();
    const refuse = (code: SocketFault["code"], message: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new SocketFault(code, message));
    };
    const timer = setTimeout(
      () => refuse("unreachable", `no connection within ${timeoutMs} ms`),
      timeoutMs,
    );
    const onError = (error: Error) => refuse("unreachable", error.message);
    socket.once("error", onError);
    socket.once("connect", () => {
      clearTimeout(timer);
      const opened = new ModbusSocket(socket, timeoutMs);
      socket.off("error", onError);
      resolve(opened);
    });
    return promise;
  }

  /** @throws {SocketFault} after which this connection is gone. */
  async read(request: Omit<ReadRequest, "transaction">): Promise<Answer> {
    if (this.#fault !== undefined) throw this.#fault;
    this.#transaction = (this.#transaction + 1) & 0xffff;
    const whole = { ...request, transaction: this.#transaction };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(
      () => this.#fail(new SocketFault("timeout", `no answer within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    this.#waiting = { request: whole, done: resolve, failed: reject };
    this.#socket.write(encodeRead(whole));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  destroy(): void {
    this.#fail(new SocketFault("closed", "the connection was closed from this side"));
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    try {
      for (;;) {
        const split = splitFrame(this.#received);
        if (split === undefined) return;
        this.#received = split.rest;
        this.#answer(split.frame);
      }
    } catch (error) {
      this.#fail(
        new SocketFault("malformed", error instanceof Error ? error.message : String(error)),
      );
    }
  }

  #answer(frame: Buffer): void {
    const waiting = this.#waiting;
    // Nobody asked, or the asker has gone: an answer without a question is left aside.
    if (waiting === undefined) return;
    const reply = decodeReply(frame, waiting.request);
    if (reply.kind === "malformed") this.#fail(new SocketFault("malformed", reply.why));
    else if (reply.kind !== "stranger") waiting.done(reply);
  }

  #fail(fault: SocketFault): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#socket.destroy();
    this.#waiting?.failed(fault);
  }
}
