import type { Sampling } from "./characteristic.ts";

/** A good sample of a signal; they come in fold order. */
export interface Reading {
  atMs: number;
  value: number;
}

export interface SignalSubgroup {
  /** Time of its first reading. */
  atMs: number;
  values: number[];
}

type BySignal = Extract<Sampling, { by: "signal" }>;

const hourMs = 3_600_000;

/** Half open, in ms. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/**
 * The span in which readings are picked without a look at any other: a late sample changes what was
 * picked in its own span, and nothing else.
 */
export function pickingSpan({ everySeconds }: BySignal, atMs: number): Span {
  const lengthMs = everySeconds === undefined ? hourMs : everySeconds * 1000;
  const fromMs = Math.floor(atMs / lengthMs) * lengthMs;
  return { fromMs, toMs: fromMs + lengthMs };
}

/**
 * The subgroups that a signal's readings give: by time, the first `size` readings of every interval, which
 * lie on absolute time; by number, `size` readings from every n-th one on, counted anew each hour (UTC).
 * One that is not full when its span ends is none.
 *
 * @param readings good ones, in fold order
 */
export function subgroupsOfReadings(
  sampling: BySignal,
  size: number,
  readings: readonly Reading[],
): SignalSubgroup[] {
  return spansOf(sampling, readings).flatMap((inSpan) => {
    const step = sampling.everySeconds === undefined ? (sampling.everySamples ?? 1) : Infinity;
    return picked(inSpan, step, size);
  });
}

function spansOf(sampling: BySignal, readings: readonly Reading[]): Reading[][] {
  const spans = new Map<number, Reading[]>();
  for (const reading of readings) {
    const { fromMs } = pickingSpan(sampling, reading.atMs);
    const inSpan = spans.get(fromMs);
    if (inSpan === undefined) spans.set(fromMs, [reading]);
    else inSpan.push(reading);
  }
  return [...spans.entries()].sort(([a], [b]) => a - b).map(([, inSpan]) => inSpan);
}

function picked(readings: readonly Reading[], step: number, size: number): SignalSubgroup[] {
  const subgroups: SignalSubgroup[] = [];
  for (let from = 0; from + size <= readings.length; from += step) {
    const values = readings.slice(from, from + size);
    const [first] = values;
    // Of two that begin at one instant, the first is the one.
    if (first === undefined || subgroups.at(-1)?.atMs === first.atMs) continue;
    subgroups.push({ atMs: first.atMs, values: values.map(({ value }) => value) });
  }
  return subgroups;
}
