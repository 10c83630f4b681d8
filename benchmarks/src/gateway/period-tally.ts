/**
 * Counts how many readings of each value were heard. The periods of a value begin with the first that is
 * heard of it, so that it does not matter at which phase a device is polled. What comes twice counts once;
 * what comes behind a newer one does not count.
 */
export class PeriodTally {
  readonly #periodMs: number;
  readonly #periods: number;
  readonly #firstMs: Float64Array;
  readonly #newestMs: Float64Array;
  readonly #heard: Uint32Array;

  constructor(tags: number, periods: number, periodMs: number) {
    this.#periodMs = periodMs;
    this.#periods = periods;
    this.#firstMs = new Float64Array(tags);
    this.#newestMs = new Float64Array(tags);
    this.#heard = new Uint32Array(tags);
  }

  hear(tag: number, timestampMs: number): void {
    if (timestampMs <= (this.#newestMs[tag] ?? 0)) return;
    this.#newestMs[tag] = timestampMs;
    const firstMs = this.#firstMs[tag] || timestampMs;
    this.#firstMs[tag] = firstMs;
    if (timestampMs - firstMs >= (this.#periods - 0.5) * this.#periodMs) return;
    this.#heard[tag] = Math.min((this.#heard[tag] ?? 0) + 1, this.#periods);
  }

  get delivered(): number {
    return this.#heard.reduce((sum, count) => sum + count, 0);
  }

  get scheduled(): number {
    return this.#heard.length * this.#periods;
  }
}
