import type { Reading } from "../drivers/contract.ts";

/** How the clock of a device stands to the gateway's. */
export interface SourceClockStatus {
  /** Positive: the device's clock is ahead. `null` if no change with a time of its own came of late. */
  skewMs: number | null;
  /** Quality hint: false once its times cannot be put into one order with those of other devices. */
  isTrusted: boolean;
}

const skewToleratedMs = 2000;
const spanMs = 60_000;
const never = Number.NEGATIVE_INFINITY;

/**
 * A source time says when a value changed, which is at or before the moment it was heard. A change
 * newer than all before it has just happened, so of those the greatest difference comes nearest to
 * the skew: it is too small by the time that the fastest of them was on its way.
 */
export class SourceClock {
  #newestMs = never;
  #greatest = never;
  #before = never;
  #since: number | undefined;

  /** Plant time. One comparison a reading. */
  heard(readings: readonly Reading[], nowMs: number): void {
    this.#turn(nowMs);
    let newestMs = this.#newestMs;
    for (const { sourced, timeMs } of readings) {
      if (sourced && timeMs > newestMs) newestMs = timeMs;
    }
    if (newestMs === this.#newestMs) return;
    const isFirst = this.#newestMs === never;
    this.#newestMs = newestMs;
    // What was there at the first look may have changed long ago.
    if (isFirst) return;
    this.#greatest = Math.max(this.#greatest, newestMs - nowMs);
  }

  /** What comes next is a first look again: the device was away, or its clock was set. */
  forget(): void {
    this.#newestMs = never;
  }

  status(nowMs: number): SourceClockStatus {
    this.#turn(nowMs);
    const skewMs = Math.max(this.#greatest, this.#before);
    if (skewMs === never) return { skewMs: null, isTrusted: true };
    return { skewMs: Math.round(skewMs), isTrusted: Math.abs(skewMs) <= skewToleratedMs };
  }

  #turn(nowMs: number): void {
    this.#since ??= nowMs;
    if (nowMs - this.#since < spanMs) return;
    const isOld = nowMs - this.#since >= 2 * spanMs;
    this.#before = isOld ? never : this.#greatest;
    // Nothing newer for so long: a clock that was set back would otherwise never be heard again.
    if (this.#greatest === never) this.forget();
    this.#greatest = never;
    this.#since = nowMs;
  }
}
