import type { SequenceRange } from "@only-mes/protocols/sparkplug/delivery";
import type { StoredMessage } from "../outbox/outbox.ts";

export interface SenderOptions {
  /** The oldest held messages above a sequence. */
  readonly heldAfter: (sequence: number, limit: number) => readonly StoredMessage[];
  readonly publish: (message: StoredMessage, isHistorical: boolean) => void;
  readonly backlogSamplesPerSecond: number;
  /** Of this machine. */
  readonly now: () => number;
}

export const windowMax = 64;
/** Of the window: neither can starve the other. */
const backlogWindowMax = 48;
const liveWindowMax = 56;
const liveQueueMax = 64;
const resendAfterMs = 5000;
const readAheadMax = 48;

/**
 * Which message goes out when: what happens now at once, what was held at a bounded rate beside it,
 * and what nobody acknowledged again. Everything it knows is in the outbox too, so it may forget.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #inFlight = new Map<
    number,
    { message: StoredMessage; sentAt: number; isBacklog: boolean }
  >();
  #live: StoredMessage[] = [];
  #readAhead: StoredMessage[] = [];
  /** All held messages up to here have been sent in this session. */
  #backlogCursor = 0;
  #hasBacklog = false;
  #backlogInFlight = 0;
  #allowance = 0;
  #allowanceAt = 0;
  #isOnline = false;
  #resent = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** A session began: everything that is held is backlog. */
  goOnline(): void {
    this.goOffline();
    this.#isOnline = true;
    this.#backlogCursor = 0;
    this.#hasBacklog = true;
    this.#allowance = 0;
    this.#allowanceAt = this.#options.now();
    this.pump();
  }

  goOffline(): void {
    this.#isOnline = false;
    this.#inFlight.clear();
    this.#backlogInFlight = 0;
    this.#live = [];
    this.#readAhead = [];
  }

  /** Messages that have just become durable. */
  offer(messages: readonly StoredMessage[]): void {
    if (!this.#isOnline) return;
    this.#live.push(...messages);
    this.pump();
    const excess = this.#live.length - liveQueueMax;
    if (excess <= 0) return;
    const demoted = this.#live.splice(0, excess);
    this.#backlogCursor = Math.min(this.#backlogCursor, (demoted[0]?.sequence ?? 1) - 1);
    this.#readAhead = [];
    this.#hasBacklog = true;
  }

  acknowledged(ranges: readonly SequenceRange[]): void {
    for (const [sequence, { isBacklog }] of this.#inFlight) {
      if (!ranges.some(([first, last]) => first <= sequence && sequence <= last)) continue;
      this.#inFlight.delete(sequence);
      if (isBacklog) this.#backlogInFlight -= 1;
    }
    this.pump();
  }

  /** To be called a few times a second: resends, and spends the allowance of the backlog. */
  pump(): void {
    if (!this.#isOnline) return;
    const now = this.#options.now();
    while (
      this.#live.length > 0 &&
      this.#inFlight.size < windowMax &&
      this.#inFlight.size - this.#backlogInFlight < liveWindowMax
    ) {
      const message = this.#live.shift();
      if (message !== undefined) this.#send(message, false, now);
    }
    this.#resendOverdue(now);
    if (this.#hasBacklog) this.#sendBacklog(now);
  }

  figures(): { inFlight: number; resent: number; hasBacklog: boolean } {
    return { inFlight: this.#inFlight.size, resent: this.#resent, hasBacklog: this.#hasBacklog };
  }

  #send(message: StoredMessage, isBacklog: boolean, now: number): void {
    this.#inFlight.set(message.sequence, { message, sentAt: now, isBacklog });
    if (isBacklog) this.#backlogInFlight += 1;
    this.#options.publish(message, isBacklog);
  }

  #resendOverdue(now: number): void {
    for (const entry of this.#inFlight.values()) {
      if (now - entry.sentAt < resendAfterMs) continue;
      entry.sentAt = now;
      this.#resent += 1;
      this.#options.publish(entry.message, true);
    }
  }

  #sendBacklog(now: number): void {
    const { backlogSamplesPerSecond: rate } = this.#options;
    this.#allowance = Math.min(
      this.#allowance + ((now - this.#allowanceAt) / 1000) * rate,
      Math.max(rate / 4, 1),
    );
    this.#allowanceAt = now;
    while (
      this.#allowance > 0 &&
      this.#backlogInFlight < backlogWindowMax &&
      this.#inFlight.size < windowMax
    ) {
      const message = this.#nextOfBacklog();
      if (message === undefined) {
        this.#hasBacklog = false;
        return;
      }
      // A message without samples costs something too.
      this.#allowance -= message.samples + 1;
      this.#send(message, true, now);
    }
  }

  #nextOfBacklog(): StoredMessage | undefined {
    for (;;) {
      if (this.#readAhead.length === 0) {
        this.#readAhead = [...this.#options.heldAfter(this.#backlogCursor, readAheadMax)];
        if (this.#readAhead.length === 0) return undefined;
      }
      const message = this.#readAhead.shift();
      if (message === undefined) return undefined;
      this.#backlogCursor = message.sequence;
      if (!this.#isOnItsWay(message.sequence)) return message;
    }
  }

  #isOnItsWay(sequence: number): boolean {
    return (
      this.#inFlight.has(sequence) || this.#live.some((message) => message.sequence === sequence)
    );
  }
}
