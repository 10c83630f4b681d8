import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";

export type TagState = "unknown" | "good" | "bad";

/**
 * What a sampler remembers of each tag of a device, in columns: numbers that change many times a second
 * would else be as many small objects, which live just long enough to be costly to collect.
 */
export class TagMemory {
  readonly #phaseMs: number;
  readonly #heartbeatMs: Float64Array;
  readonly #state: Uint8Array;
  /** The last observation, after scaling. */
  readonly #value: ValueColumn;
  readonly #timeMs: Float64Array;
  /** What was sent last, with which time, and when it is to be sent again. */
  readonly #sentValue: ValueColumn;
  readonly #sentTimeMs: Float64Array;
  readonly #beatAtMs: Float64Array;
  /** The newest time of an observation that was sent. */
  readonly #sentSourceMs: Float64Array;

  constructor(heartbeatsMs: readonly number[], phaseMs: number) {
    const tags = heartbeatsMs.length;
    const never = () => new Float64Array(tags).fill(Number.NEGATIVE_INFINITY);
    this.#phaseMs = phaseMs;
    this.#heartbeatMs = Float64Array.from(heartbeatsMs);
    this.#state = new Uint8Array(tags);
    this.#value = new ValueColumn(tags);
    this.#timeMs = new Float64Array(tags);
    this.#sentValue = new ValueColumn(tags);
    this.#sentTimeMs = never();
    this.#beatAtMs = never();
    this.#sentSourceMs = never();
  }

  stateOf(tag: number): TagState {
    return states[this.#state[tag] ?? unknown] ?? "unknown";
  }

  value(tag: number): MetricValue {
    return this.#value.get(tag);
  }

  timeMs(tag: number): number {
    return this.#timeMs[tag] ?? 0;
  }

  sentValue(tag: number): MetricValue {
    return this.#sentValue.get(tag);
  }

  sentTimeMs(tag: number): number {
    return this.#sentTimeMs[tag] ?? Number.NEGATIVE_INFINITY;
  }

  sentSourceMs(tag: number): number {
    return this.#sentSourceMs[tag] ?? Number.NEGATIVE_INFINITY;
  }

  /** [SA6] Beats of a device come together, in one message: at the multiples of the heartbeat. */
  isBeatDue(tag: number, nowMs: number): boolean {
    return nowMs >= (this.#beatAtMs[tag] ?? 0);
  }

  know(tag: number, value: MetricValue, timeMs: number): void {
    this.#state[tag] = good;
    this.#value.set(tag, value);
    this.#timeMs[tag] = timeMs;
  }

  send(tag: number, timeMs: number, nowMs: number): Sent {
    const value = this.#value.get(tag);
    this.#sentValue.set(tag, value);
    this.#sentWhen(tag, timeMs, nowMs);
    return { tag, timeMs, value };
  }

  sendBad(tag: number, timeMs: number, nowMs: number): Sent {
    this.#state[tag] = bad;
    this.#value.set(tag, null);
    return this.send(tag, timeMs, nowMs);
  }

  /** Good, and a number now and when it was sent last: what the methods for numbers below are for. */
  isSteadyNumber(tag: number): boolean {
    return this.#state[tag] === good && this.#value.isNumber(tag) && this.#sentValue.isNumber(tag);
  }

  sentNumber(tag: number): number {
    return this.#sentValue.number(tag);
  }

  knowNumber(tag: number, value: number, timeMs: number): void {
    this.#value.setNumber(tag, value);
    this.#timeMs[tag] = timeMs;
  }

  sendNumber(tag: number, value: number, timeMs: number, nowMs: number): void {
    this.#sentValue.setNumber(tag, value);
    this.#sentWhen(tag, timeMs, nowMs);
  }

  sentOfSource(tag: number, timeMs: number): void {
    this.#sentSourceMs[tag] = Math.max(this.sentSourceMs(tag), timeMs);
  }

  /** What the sources timed before was sent by an earlier run. */
  sentBefore(timeMs: number): void {
    this.#sentSourceMs.fill(timeMs);
  }

  #sentWhen(tag: number, timeMs: number, nowMs: number): void {
    this.#sentTimeMs[tag] = timeMs;
    const heartbeatMs = this.#heartbeatMs[tag] ?? 0;
    const beats = Math.floor((nowMs - this.#phaseMs) / heartbeatMs);
    this.#beatAtMs[tag] = this.#phaseMs + (beats + 1) * heartbeatMs;
  }
}

interface Sent {
  readonly tag: number;
  readonly timeMs: number;
  readonly value: MetricValue;
}

const unknown = 0;
const good = 1;
const bad = 2;
const states = ["unknown", "good", "bad"] as const;

/** Numbers in one column, everything else in another. */
class ValueColumn {
  readonly #numbers: Float64Array;
  /** `undefined`: it is a number. */
  readonly #others: (Exclude<MetricValue, number> | undefined)[];

  constructor(length: number) {
    this.#numbers = new Float64Array(length);
    this.#others = Array.from({ length }, () => null);
  }

  get(index: number): MetricValue {
    const other = this.#others[index];
    return other === undefined ? (this.#numbers[index] ?? null) : other;
  }

  isNumber(index: number): boolean {
    return this.#others[index] === undefined;
  }

  number(index: number): number {
    return this.#numbers[index] ?? Number.NaN;
  }

  /** Where {@link isNumber} holds. */
  setNumber(index: number, value: number): void {
    this.#numbers[index] = value;
  }

  set(index: number, value: MetricValue): void {
    if (typeof value !== "number") {
      this.#others[index] = value;
      return;
    }
    this.#numbers[index] = value;
    if (this.#others[index] !== undefined) this.#others[index] = undefined;
  }
}
