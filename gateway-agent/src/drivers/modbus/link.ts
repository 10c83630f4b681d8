import type { Duplex } from "node:stream";
import type { Framing } from "./framing.ts";
import type { Answer, Pdu } from "./pdu.ts";

/** Why a request got no answer. */
export class LinkFault extends Error {
  readonly code: "unreachable" | "timeout" | "closed" | "malformed";
  /** What was asked, if the fault is of one request. */
  readonly asked: Pdu | undefined;

  constructor(code: LinkFault["code"], message: string, asked?: Pdu) {
    super(message);
    this.name = "LinkFault";
    this.code = code;
    this.asked = asked;
  }
}

/** One connection, of TCP or of a serial line, with one request in flight. What comes late is thrown away. */
export class Link {
  readonly #stream: Duplex;
  readonly #framing: Framing;
  #received: Buffer = nothing;
  #lastByteAt = 0;
  #fault: LinkFault | undefined;
  #waiting: Waiting | undefined;

  constructor(stream: Duplex, framing: Framing) {
    this.#stream = stream;
    this.#framing = framing;
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("error", (error) => this.#end(new LinkFault("closed", error.message)));
    stream.on("close", () => this.#end(new LinkFault("closed", "the connection was closed")));
  }

  /** Whether a late reply could be taken for the answer to another request. */
  get hasNoIds(): boolean {
    return this.#framing.hasNoIds;
  }

  /** Gone: nothing can be asked any more. */
  get isGone(): boolean {
    return this.#fault !== undefined;
  }

  /** How long ago the last byte passed, in either direction. */
  get silentForMs(): number {
    return performance.now() - this.#lastByteAt;
  }

  /**
   * @throws {LinkFault} After a timeout the connection still stands; its late reply may come. Of an
   * answer that makes no sense only one of RTU stands, where noise is no rarity.
   */
  exchange(unit: number, pdu: Pdu, timeoutMs: number): Promise<Answer> {
    return new Promise((done, failed) => {
      if (this.#fault !== undefined) return failed(this.#fault);
      if (this.#framing.hasNoIds) this.#received = nothing;
      const timer = setTimeout(
        () => this.#fail(new LinkFault("timeout", `no answer within ${timeoutMs} ms`, pdu)),
        timeoutMs,
      );
      this.#waiting = { pdu, timer, done, failed };
      this.#lastByteAt = performance.now();
      this.#stream.write(this.#framing.ask(unit, pdu));
    });
  }

  destroy(): void {
    this.#end(new LinkFault("closed", "the connection was closed from this side"));
  }

  #take(chunk: Buffer): void {
    this.#lastByteAt = performance.now();
    if (this.#framing.hasNoIds && this.#waiting === undefined) return;
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    try {
      for (;;) {
        const split = this.#framing.split(this.#received);
        if (split === undefined) return;
        this.#received = split.rest;
        this.#answer(split.frame);
      }
    } catch (error) {
      this.#malformed(error instanceof Error ? error.message : String(error));
    }
  }

  #answer(frame: Buffer): void {
    // An answer without a question is left aside.
    if (this.#waiting === undefined) return;
    const reply = this.#framing.answer(frame);
    if (reply.kind === "malformed") this.#malformed(reply.why);
    else if (reply.kind !== "stranger") this.#settle()?.done(reply);
  }

  #malformed(why: string): void {
    const fault = new LinkFault("malformed", why, this.#waiting?.pdu);
    this.#received = nothing;
    if (this.#framing.hasNoIds) this.#fail(fault);
    else this.#end(fault);
  }

  #end(fault: LinkFault): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#stream.destroy();
    this.#fail(fault);
  }

  #fail(fault: LinkFault): void {
    this.#settle()?.failed(fault);
  }

  /** Whoever waits is told now, and once. */
  #settle(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

interface Waiting {
  readonly pdu: Pdu;
  readonly timer: NodeJS.Timeout;
  readonly done: (answer: Answer) => void;
  readonly failed: (fault: LinkFault) => void;
}

const nothing: Buffer = Buffer.alloc(0);
