import type { ShiftInstance } from "../calendar/shifts.ts";
import type { JobInterval } from "../orders/job-interval.ts";

export interface TimeRange {
  fromMs: number;
  /** Not part of it. */
  toMs: number;
}

/** A shift, and who works in it where that is known. */
export type ShiftOfKpi = ShiftInstance & { crew?: string | null };

/** A time in which neither hour nor shift, job, phase or ideal cycle of an equipment changes. */
export interface Segment extends TimeRange {
  shift: ShiftOfKpi | undefined;
  job: JobInterval | undefined;
  /** Whole microseconds a piece; absent where no ideal cycle is known. */
  idealCycleUs: number | undefined;
}

export interface SegmentCuts {
  shifts: readonly ShiftOfKpi[];
  /** Of one equipment: at most one at a time (jobsOf). */
  jobs: readonly JobInterval[];
  /** When an ideal cycle begins or ends. */
  cycleChangesMs: readonly number[];
  idealCycleUs: (product: string | undefined, atMs: number) => number | undefined;
}

export const hourMs = 3_600_000;

/** Cuts a range; the segments follow one another without a gap. */
export function segmentsOf(range: TimeRange, cuts: SegmentCuts): Segment[] {
  const { shifts, jobs, cycleChangesMs, idealCycleUs } = cuts;
  const bounds = [
    ...hoursWithin(range),
    ...shifts.flatMap(({ startMs, endMs }) => [startMs, endMs]),
    ...jobs.flatMap(({ fromMs, toMs }) => (toMs === null ? [fromMs] : [fromMs, toMs])),
    ...cycleChangesMs,
  ];
  return piecesBetween(range, bounds).map(({ fromMs, toMs }) => {
    const job = jobs.find((each) => each.fromMs <= fromMs && fromMs < (each.toMs ?? Infinity));
    return {
      fromMs,
      toMs,
      shift: shifts.find(({ startMs, endMs }) => startMs <= fromMs && fromMs < endMs),
      job,
      idealCycleUs: idealCycleUs(job?.product, fromMs),
    };
  });
}

/** The range, cut at those of the bounds that lie in it. */
export function piecesBetween(range: TimeRange, boundsMs: readonly number[]): TimeRange[] {
  const inside = boundsMs.filter((atMs) => range.fromMs < atMs && atMs < range.toMs);
  const sorted = [...new Set(inside)].sort((a, b) => a - b);
  return [range.fromMs, ...sorted].map((fromMs, index) => ({
    fromMs,
    toMs: sorted[index] ?? range.toMs,
  }));
}

function hoursWithin({ fromMs, toMs }: TimeRange): number[] {
  const hours: number[] = [];
  for (let atMs = hourFloor(fromMs) + hourMs; atMs < toMs; atMs += hourMs) hours.push(atMs);
  return hours;
}

/** The hour in UTC that an instant belongs to. */
export function hourFloor(atMs: number): number {
  return Math.floor(atMs / hourMs) * hourMs;
}

/**
 * Jobs that the time of an equipment belongs to. A unit's are those of the slot that names it, or of
 * slot 1; a line's are those of its lowest slot that is taken.
 */
export function jobsOf(
  equipment: string,
  isLine: boolean,
  intervals: readonly JobInterval[],
): JobInterval[] {
  if (!isLine) {
    const named = intervals.filter(({ units }) => units.includes(equipment));
    return named.length > 0
      ? named
      : intervals.filter(({ slot, units }) => slot === 1 && units.length === 0);
  }
  return lowestSlots(intervals);
}

function lowestSlots(intervals: readonly JobInterval[]): JobInterval[] {
  const slots = [...new Set(intervals.map(({ slot }) => slot))].sort((a, b) => a - b);
  let taken: JobInterval[] = [];
  for (const slot of slots) {
    const ofSlot = intervals.filter((each) => each.slot === slot);
    taken = [...taken, ...ofSlot.flatMap((each) => without(each, taken))];
  }
  return taken.sort((a, b) => a.fromMs - b.fromMs);
}

/** What of an interval the others leave free. */
function without(interval: JobInterval, others: readonly JobInterval[]): JobInterval[] {
  const toMs = interval.toMs ?? Infinity;
  const bounds = others.flatMap((other) => [other.fromMs, other.toMs ?? Infinity]);
  return piecesBetween({ fromMs: interval.fromMs, toMs }, bounds)
    .filter(({ fromMs }) =>
      others.every((other) => fromMs < other.fromMs || fromMs >= (other.toMs ?? Infinity)),
    )
    .map((piece) => ({
      ...interval,
      fromMs: piece.fromMs,
      toMs: piece.toMs === Infinity ? null : piece.toMs,
    }));
}
