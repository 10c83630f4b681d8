import type { JobInterval } from "../domain/orders/job-interval.ts";
import { lineOfEquipment } from "../domain/quality/place.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import type { Transaction } from "../store/statement.ts";

interface Placed {
  equipment: string;
  atMs: number;
}

/** The job that a line ran when something was measured there; of several, the one of the lowest slot. */
export async function readRunning(
  db: Transaction,
  placed: readonly Placed[],
): Promise<(at: Placed) => JobInterval | undefined> {
  const spans = new Map<string, { fromMs: number; toMs: number }>();
  for (const { equipment, atMs } of placed) {
    const line = lineOfEquipment(equipment);
    const known = spans.get(line) ?? { fromMs: atMs, toMs: atMs };
    spans.set(line, { fromMs: Math.min(known.fromMs, atMs), toMs: Math.max(known.toMs, atMs) });
  }
  const jobs = new Map<string, JobInterval[]>();
  for (const [line, { fromMs, toMs }] of spans) {
    jobs.set(line, await readJobIntervals(db, { line, fromMs, toMs: toMs + 1 }));
  }
  return ({ equipment, atMs }) =>
    jobs
      .get(lineOfEquipment(equipment))
      ?.find(({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || atMs < toMs));
}
