import type { Transaction } from "./statement.ts";

export interface DirtyRange {
  line: string;
  fromMs: number;
  /** Its hour is part of the range. */
  toMs: number;
}

const hourMs = 3_600_000;

/** What is derived of these hours of a line is older than what it follows from: it is derived again. */
export async function markDirtyHours(
  tx: Transaction,
  ranges: readonly DirtyRange[],
): Promise<void> {
  const merged = mergedHours(ranges);
  if (merged.length === 0) return;
  await tx.query({
    name: "markDirtyHours",
    text: `INSERT INTO dirty_hour (line, hour)
           SELECT r.line, h
             FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS r(line, from_ts, to_ts),
                  generate_series(r.from_ts, r.to_ts, INTERVAL '1 hour') AS h
            ORDER BY r.line, h
           ON CONFLICT (line, hour) DO UPDATE SET marks = dirty_hour.marks + 1`,
    values: [
      merged.map(({ line }) => line),
      merged.map(({ fromMs }) => new Date(fromMs)),
      merged.map(({ toMs }) => new Date(toMs)),
    ],
  });
}

/** Whole hours, each of them once: one statement must not touch a row twice. */
function mergedHours(ranges: readonly DirtyRange[]): DirtyRange[] {
  const sorted = ranges
    .map(({ line, fromMs, toMs }) => ({
      line,
      fromMs: Math.floor(fromMs / hourMs) * hourMs,
      toMs: Math.floor(Math.max(fromMs, toMs) / hourMs) * hourMs,
    }))
    .sort((a, b) => (a.line === b.line ? a.fromMs - b.fromMs : a.line < b.line ? -1 : 1));
  const merged: DirtyRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last?.line === range.line && range.fromMs <= last.toMs + hourMs) {
      last.toMs = Math.max(last.toMs, range.toMs);
    } else merged.push(range);
  }
  return merged;
}
