import type { Window } from "./window.ts";

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Widths that people read off an axis; each but the last divides a day or is a multiple of it. */
const widthsMs = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * hourMs),
  ...[1, 2, 4, 8, 16, 32, 64].map((days) => days * dayMs),
];

/** The smallest of the widths with which a range has at most so many whole buckets. */
export function bucketMsFor({ fromMs, toMs }: Window, bucketsMax: number): number {
  const fits = (widthMs: number): boolean =>
    Math.ceil(toMs / widthMs) - Math.floor(fromMs / widthMs) <= bucketsMax;
  return widthsMs.find(fits) ?? toMs;
}
