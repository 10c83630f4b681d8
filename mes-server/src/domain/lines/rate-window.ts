/** Pieces of the last minutes, kept in steps of time, so that the memory has a bound at any rate. */
export const rateWindowMs = 5 * 60_000;
export const rateStepMs = 5_000;
/** A rate over less than this would leap with each piece. */
const shortestSpanMs = 30_000;

export class RateWindow {
  readonly #steps = new Map<number, number>();
  /** Since when pieces would have been seen. */
  readonly observedSinceMs: number;

  constructor(observedSinceMs: number) {
    this.observedSinceMs = observedSinceMs;
  }

  add(atMs: number, pieces: number): void {
    const step = Math.floor(atMs / rateStepMs);
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + pieces);
  }

  /** Pieces a minute over the last five minutes, or over as much of them as was observed. */
  perMinute(nowMs: number): number {
    const newest = Math.floor(nowMs / rateStepMs);
    const oldest = newest - rateWindowMs / rateStepMs + 1;
    let pieces = 0;
    for (const [step, count] of this.#steps) {
      if (step < oldest) this.#steps.delete(step);
      else if (step <= newest) pieces += count;
    }
    const windowStartMs = Math.max(oldest * rateStepMs, this.observedSinceMs);
    const spanMs = Math.max(shortestSpanMs, nowMs - windowStartMs);
    return Math.round((pieces * 600_000) / spanMs) / 10;
  }
}
