/** Each bucket is a quarter of a doubling wide: a quantile is exact within 19 %. */
const bucketsPerDoubling = 4;
/** 2^-4 ms, about 60 µs, is the first; beyond 2^24 ms, about five hours, all fall into the last. */
const firstPower = -4;
const buckets = 28 * bucketsPerDoubling;

/**
 * Quantiles of durations over the last one to two spans of time, in bounded memory. Recording costs
 * a logarithm and an increment.
 */
export class RecentQuantiles {
  readonly #spanMs: number;
  #current = new Float64Array(buckets);
  #before = new Float64Array(buckets);
  #since: number | undefined;

  constructor(spanMs = 60_000) {
    this.#spanMs = spanMs;
  }

  /** `weight`: how many values took so long. `nowMs` only ever grows. */
  record(ms: number, nowMs: number, weight = 1): void {
    this.#turn(nowMs);
    const power = (Math.log2(Math.max(ms, 0.001)) - firstPower) * bucketsPerDoubling;
    const bucket = Math.min(buckets - 1, Math.max(0, Math.ceil(power)));
    this.#current[bucket] = (this.#current[bucket] ?? 0) + weight;
  }

  /** The upper edge of the bucket that holds it; `null` if nothing was recorded of late. */
  quantile(fraction: number, nowMs: number): number | null {
    this.#turn(nowMs);
    let total = 0;
    for (let at = 0; at < buckets; at += 1) total += this.#countAt(at);
    if (total === 0) return null;
    let behind = fraction * total;
    for (let at = 0; at < buckets; at += 1) {
      behind -= this.#countAt(at);
      if (behind <= 0) return rounded(2 ** (at / bucketsPerDoubling + firstPower));
    }
    return rounded(2 ** ((buckets - 1) / bucketsPerDoubling + firstPower));
  }

  both(nowMs: number): { p50: number | null; p99: number | null } {
    return { p50: this.quantile(0.5, nowMs), p99: this.quantile(0.99, nowMs) };
  }

  #countAt(bucket: number): number {
    return (this.#current[bucket] ?? 0) + (this.#before[bucket] ?? 0);
  }

  #turn(nowMs: number): void {
    this.#since ??= nowMs;
    const spans = Math.floor((nowMs - this.#since) / this.#spanMs);
    if (spans < 1) return;
    [this.#before, this.#current] = [this.#current, this.#before];
    this.#current.fill(0);
    if (spans > 1) this.#before.fill(0);
    this.#since += spans * this.#spanMs;
  }
}

function rounded(ms: number): number {
  return Number(ms.toPrecision(3));
}
