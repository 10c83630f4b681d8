import type { HistoryBucket } from "@only-mes/protocols/console/http";

export interface TrendRow {
  fromMs: number;
  toMs: number;
  count: number;
  lowest: number | null;
  highest: number | null;
  last: number | null;
}

/** Nobody reads hundreds of rows: buckets are gathered into about so many. */
const rowsWanted = 24;

/** The newest first. */
export function rowsOf(buckets: readonly HistoryBucket[], bucketMs: number): TrendRow[] {
  const perRow = Math.max(1, Math.ceil(buckets.length / rowsWanted));
  const rows: TrendRow[] = [];
  for (let index = 0; index < buckets.length; index += perRow) {
    const row = gathered(buckets.slice(index, index + perRow), bucketMs);
    if (row !== undefined) rows.push(row);
  }
  return rows.reverse();
}

function gathered(buckets: readonly HistoryBucket[], bucketMs: number): TrendRow | undefined {
  const first = buckets[0];
  if (first === undefined) return undefined;
  const numbers = (values: (number | null)[]) => values.filter((value) => value !== null);
  const lowest = numbers(buckets.map((bucket) => bucket.min));
  const highest = numbers(buckets.map((bucket) => bucket.max));
  const fromMs = Date.parse(first.at);
  return {
    fromMs,
    toMs: fromMs + buckets.length * bucketMs,
    count: buckets.reduce((sum, bucket) => sum + bucket.count, 0),
    lowest: lowest.length === 0 ? null : Math.min(...lowest),
    highest: highest.length === 0 ? null : Math.max(...highest),
    last: numbers(buckets.map((bucket) => bucket.last)).at(-1) ?? null,
  };
}
