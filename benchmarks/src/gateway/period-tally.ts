/**
 * Counts in how many of its periods each value was heard. The periods of a value begin with the first that
 * is heard of it, so that it does not matter at which phase a device is polled; a value heard twice in a
 * period counts once.
 */
export class PeriodTally {
  readonly #periodMs: number;
  readonly #periods: number;
  readonly #firstMs: Float64Array;
  readonly #heard: Uint8Array;

  constructor(tags: number, periods: number, periodMs: number) {
    this.#periodMs = periodMs;
    this.#periods = periods;
    this.#firstMs = new Float64Array(tags);
    this.#heard = new Uint8Array(tags * periods);
  }

  hear(tag: number, timestampMs: number): void {
    const firstMs = this.#firstMs[tag];
    if (firstMs === 0) this.#firstMs[tag] = timestampMs;
    const period = Math.round((timestampMs - (firstMs || timestampMs)) / this.#periodMs);
    if (period >= 0 && period < this.#periods) this.#heard[tag * this.#periods + period] = 1;
  }

  get delivered(): number {
    return this.#heard.reduce((sum, one) => sum + one, 0);
  }

  get scheduled(): number {
    return this.#heard.length;
  }
}
