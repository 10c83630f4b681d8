/** Samples that are numbers, in columns that are used again: for what comes by the thousand. */
export class SampleColumns {
  #count = 0;
  readonly #tags: Uint32Array;
  readonly #timesMs: Float64Array;
  /** NaN is a value that could not be read. */
  readonly #values: Float64Array;

  constructor(capacity: number) {
    this.#tags = new Uint32Array(capacity);
    this.#timesMs = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  push(tag: number, timeMs: number, value: number): void {
    this.#tags[this.#count] = tag;
    this.#timesMs[this.#count] = timeMs;
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  tag(index: number): number {
    return this.#tags[index] ?? 0;
  }

  timeMs(index: number): number {
    return this.#timesMs[index] ?? 0;
  }

  value(index: number): number {
    return this.#values[index] ?? Number.NaN;
  }

  clear(): void {
    this.#count = 0;
  }

  /** As objects. */
  samples(): { tag: number; timeMs: number; value: number | null }[] {
    return Array.from({ length: this.#count }, (_, index) => {
      const value = this.value(index);
      return {
        tag: this.tag(index),
        timeMs: this.timeMs(index),
        value: Number.isNaN(value) ? null : value,
      };
    });
  }
}
