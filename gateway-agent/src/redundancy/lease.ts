import {
  leaseAnswer,
  readGatewayMessage,
  type LeaseAsk,
} from "@only-mes/protocols/gateway/messages";
import { nextRole, type MembershipEvent, type Role } from "./membership.ts";

export interface LeaseOptions {
  readonly member: string;
  readonly leaseMs: number;
  readonly ask: (question: LeaseAsk) => void;
  /** Another member has the lease, so it recorded until so long ago: told at each answer that says so. */
  readonly othersRecorded: (agoMs: number) => void;
  readonly roleChanged: (role: Role, holder: string | undefined) => void;
  /** Of this machine, never set back. */
  readonly monotonicMs: () => number;
  /** Of this machine, since 1970. */
  readonly wallMs: () => number;
}

export interface LeaseStatus {
  member: string;
  role: Role;
  holder: string | null;
  term: number | null;
  /** The server's clock less this machine's, in milliseconds; half the way of the question is in it. */
  clockSkewMs: number | null;
}

const asksPerLease = 4;
const askedMax = 64;
const marginMs = 1000;

/** One member's side of the lease. */
export class Lease {
  readonly #options: LeaseOptions;
  #role: Role = "standby";
  /** When the last questions were asked. */
  readonly #asked = new Map<number, number>();
  #asks = 0;
  #answered = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #known: { holder: string; term: number; clockSkewMs: number } | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** [RE4] By the clock, not by a timer that may be late. */
  get isActive(): boolean {
    return this.#role === "active" && this.#options.monotonicMs() < this.#untilMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.ask(), this.#options.leaseMs / asksPerLease);
    this.ask();
  }

  /** [RE9] */
  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#expiry);
    if (this.#role !== "standby") this.#ask(true);
    this.#asked.clear();
  }

  /** At once, instead of when it is due: the way to the server is open again. */
  ask(): void {
    this.#ask(false);
  }

  answered(bytes: Uint8Array): void {
    const answer = readGatewayMessage(leaseAnswer, bytes);
    const askedMs = this.#asked.get(answer?.ask ?? 0);
    if (answer === undefined || askedMs === undefined || answer.ask <= this.#answered) return;
    this.#answered = answer.ask;
    const { member, leaseMs, wallMs } = this.#options;
    const { holder, term, nowMs } = answer;
    this.#known = { holder, term, clockSkewMs: nowMs - wallMs() };
    if (!answer.isGranted || holder !== member) {
      this.#happened("denied");
      // It asked for it within one lease, and was recording then.
      this.#options.othersRecorded(leaseMs + marginMs);
      return;
    }
    this.#untilMs = askedMs + leaseMs;
    clearTimeout(this.#expiry);
    const leftMs = this.#untilMs - this.#options.monotonicMs();
    this.#expiry = setTimeout(() => this.#happened("expired"), leftMs);
    if (leftMs > 0) this.#happened("granted");
  }

  status(): LeaseStatus {
    const { holder = null, term = null, clockSkewMs = null } = this.#known ?? {};
    return { member: this.#options.member, role: this.#role, holder, term, clockSkewMs };
  }

  #ask(isLast: boolean): void {
    const { leaseMs, ask, monotonicMs, wallMs } = this.#options;
    this.#asks += 1;
    this.#asked.set(this.#asks, monotonicMs());
    this.#asked.delete(this.#asks - askedMax);
    ask({ ask: this.#asks, leaseMs, isLast, nowMs: wallMs() });
  }

  #happened(event: MembershipEvent): void {
    const next = nextRole(this.#role, event);
    if (next === this.#role) return;
    this.#role = next;
    this.#options.roleChanged(next, this.#known?.holder);
  }
}
