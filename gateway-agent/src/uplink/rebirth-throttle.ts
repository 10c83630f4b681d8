export interface RebirthThrottleOptions {
  /** Milliseconds of this machine between two rebirths that were asked for. */
  readonly everyMs: number;
  /** Of this machine. */
  readonly now: () => number;
  readonly perform: () => void;
}

/**
 * A rebirth is performed at once; what is asked for too soon after it comes together in one, as soon
 * as it may. None is refused: whoever asks lacks something.
 */
export class RebirthThrottle {
  readonly #options: RebirthThrottleOptions;
  #lastAt = Number.NEGATIVE_INFINITY;
  #due: NodeJS.Timeout | undefined;

  constructor(options: RebirthThrottleOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#due !== undefined) return;
    const waitMs = this.#lastAt + this.#options.everyMs - this.#options.now();
    if (waitMs <= 0) this.#perform();
    else this.#due = setTimeout(() => this.#perform(), waitMs);
  }

  /** Births come anyway, or never again. */
  forget(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
  }

  #perform(): void {
    this.forget();
    this.#lastAt = this.#options.now();
    this.#options.perform();
  }
}
