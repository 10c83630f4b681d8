import { apart } from "./plan-shifts.ts";
import type { LineShift } from "./shifts.ts";

export interface ShiftDifferences {
  removed: LineShift[];
  added: LineShift[];
  /** Ranges of which something is now told differently. Who works, and by which pattern, is not part of it. */
  ranges: { fromMs: number; toMs: number }[];
}

/** What has to be done to the shifts that are stored so that they are those that are planned. */
export function compareShifts(
  stored: readonly LineShift[],
  planned: readonly LineShift[],
): ShiftDifferences {
  const plannedById = new Map(planned.map((shift) => [shift.id, shift]));
  const storedById = new Map(stored.map((shift) => [shift.id, shift]));
  const removed = stored.filter((shift) => !isEqual(contents, shift, plannedById.get(shift.id)));
  const added = planned.filter((shift) => !isEqual(contents, shift, storedById.get(shift.id)));
  const ranges = [
    ...removed.filter((shift) => !isEqual(times, shift, plannedById.get(shift.id))),
    ...added.filter((shift) => !isEqual(times, shift, storedById.get(shift.id))),
  ].map(({ startMs, endMs }) => ({ fromMs: startMs, toMs: endMs }));
  return { removed, added, ranges };
}

/**
 * What is planned, but with the past as it is stored: shifts that have begun stay as they are, except
 * that they end where the next one begins.
 */
export function withPastKept(
  stored: readonly LineShift[],
  planned: readonly LineShift[],
  nowMs: number,
): LineShift[] {
  const kept = stored.filter(({ startMs }) => startMs < nowMs);
  const ids = new Set(kept.map(({ id }) => id));
  const coming = planned.filter(({ id, startMs }) => startMs >= nowMs && !ids.has(id));
  return apart([...kept, ...coming]).shifts;
}

function isEqual(
  of: (shift: LineShift) => unknown[],
  shift: LineShift,
  other: LineShift | undefined,
): boolean {
  return other !== undefined && JSON.stringify(of(shift)) === JSON.stringify(of(other));
}

function contents(shift: LineShift): unknown[] {
  const { crew, pattern, patternVersion, breaks } = shift;
  return [...times(shift), crew, pattern, patternVersion, breaks.map(({ name }) => name)];
}

function times({ id, startMs, endMs, breaks }: LineShift): unknown[] {
  return [id, startMs, endMs, breaks.map(({ fromMs, toMs }) => [fromMs, toMs])];
}
