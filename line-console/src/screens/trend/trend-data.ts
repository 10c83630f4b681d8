import type { HistoryBucket } from "@only-mes/protocols/console/http";

/** One value as it arrived while the trend was open; `null` when it could not be read. */
export interface LivePoint {
  atMs: number;
  value: number | null;
}

/** Columns of a trend, all of one length. `null` is a gap: nothing is drawn there. */
export interface TrendData {
  atMs: number[];
  lowest: (number | null)[];
  highest: (number | null)[];
  last: (number | null)[];
}

const livePointsMax = 20_000;

/**
 * History, and what has arrived since. A value that does not change is sent seldom: silence up to
 * `silenceMs` is no gap, the value holds; a longer one is, as is a value that could not be read.
 * The newest value, if it is not stale, holds until now.
 */
export function trendDataOf(
  buckets: readonly HistoryBucket[],
  bucketMs: number,
  live: readonly LivePoint[],
  silenceMs: number,
  holdsUntilMs: number | null,
): TrendData {
  const data: TrendData = { atMs: [], lowest: [], highest: [], last: [] };
  let heardMs = Number.NEGATIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;

  function add(
    atMs: number,
    toMs: number,
    lowest: number | null,
    highest: number | null,
    last: number | null,
  ): void {
    if (atMs - heardMs > silenceMs && data.atMs.length > 0)
      push(data, heardMs + 1, null, null, null);
    push(data, atMs, lowest, highest, last);
    heardMs = toMs;
    endMs = Math.max(endMs, toMs);
  }

  for (const { at, min, max, last, count } of buckets) {
    if (count === 0) continue;
    const startMs = Date.parse(at);
    add(startMs, startMs + bucketMs, min, max, last);
  }
  for (const { atMs, value } of live) if (atMs > endMs) add(atMs, atMs, value, value, value);
  const newest = data.last.at(-1) ?? null;
  if (holdsUntilMs !== null && newest !== null && holdsUntilMs > endMs) {
    push(data, holdsUntilMs, newest, newest, newest);
  }
  return data;
}

function push(
  data: TrendData,
  atMs: number,
  lowest: number | null,
  highest: number | null,
  last: number | null,
): void {
  data.atMs.push(atMs);
  data.lowest.push(lowest);
  data.highest.push(highest);
  data.last.push(last);
}

/** Adds a value to what arrived live; a value that came twice, or late, is kept out. */
export function withLivePoint(
  points: readonly LivePoint[],
  point: LivePoint,
  fromMs: number,
): readonly LivePoint[] {
  const last = points.at(-1);
  if (last !== undefined && point.atMs <= last.atMs) return points;
  const kept = points.filter(({ atMs }) => atMs >= fromMs);
  return [...kept, point].slice(-livePointsMax);
}

export function rangeOf(data: TrendData): { lowest: number; highest: number } | null {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of data.lowest) if (value !== null && value < lowest) lowest = value;
  for (const value of data.highest) if (value !== null && value > highest) highest = value;
  return lowest <= highest ? { lowest, highest } : null;
}
