import type { PoolClient } from "pg";
import { hourFloor, hourMs, type TimeRange } from "../domain/kpi/segments.ts";
import { readCutWindows } from "../store/readCutWindows.ts";
import { readDirtyHours } from "../store/readDirtyHours.ts";
import { readFirstFact } from "../store/readFirstFact.ts";
import { readPeriodLock } from "../store/readPeriodLock.ts";
import { readRecalculation } from "../store/readRecalculation.ts";

/** Which part of a range of a line is summed from windows, and which is derived at once. */
export interface LinePlan {
  /** From the first fact on. */
  range: TimeRange;
  /** Hours whose windows are not summed. */
  freshHoursMs: number[];
  /** The same within the range, contiguous hours as one. */
  fresh: (TimeRange & { hours: number })[];
  /** More hours would have to be derived than may be: windows that are old or missing. */
  isBehind: boolean;
}

const dirtyMax = 10_000;

/** `undefined` if nothing is known of the line in the range. */
export async function planOfLine(
  tx: PoolClient,
  of: {
    line: string;
    unitIds: readonly string[];
    asked: readonly string[];
    range: TimeRange;
    freshHoursMax: number;
  },
): Promise<LinePlan | undefined> {
  const state = await readRecalculation(tx, of.line);
  const firstMs = state?.derivedFromMs ?? (await readFirstFact(tx, of.unitIds));
  if (firstMs === undefined) return undefined;
  const derivedToMs = state?.derivedToMs ?? hourFloor(firstMs);
  const range = { fromMs: Math.max(of.range.fromMs, hourFloor(firstMs)), toMs: of.range.toMs };
  if (range.fromMs >= range.toMs) return undefined;
  const lockedToMs = (await readPeriodLock(tx, of.line)) ?? -Infinity;
  const beginMs = hourFloor(range.fromMs);
  const dirty = await readDirtyHours(tx, {
    line: of.line,
    fromMs: beginMs,
    toMs: Math.min(range.toMs, derivedToMs),
    limit: dirtyMax,
  });
  const edges = [range.fromMs, range.toMs].filter((atMs) => atMs % hourMs !== 0);
  const cut = edges.length === 0 ? [] : await readCutWindows(tx, of.asked, edges);
  const wanted = new Set([
    ...cut.map(hourFloor),
    ...hoursFrom(Math.max(beginMs, derivedToMs), range.toMs),
    ...dirty.map(({ hourMs: atMs }) => atMs).filter((atMs) => atMs + hourMs > lockedToMs),
  ]);
  const newestFirst = [...wanted].sort((a, b) => b - a);
  const hours = newestFirst.slice(0, Math.max(0, of.freshHoursMax)).sort((a, b) => a - b);
  return {
    range,
    freshHoursMs: hours,
    fresh: runsOf(hours, range),
    isBehind: hours.length < wanted.size,
  };
}

function hoursFrom(fromMs: number, toMs: number): number[] {
  const hours: number[] = [];
  for (let atMs = hourFloor(fromMs); atMs < toMs; atMs += hourMs) hours.push(atMs);
  return hours;
}

function runsOf(hoursMs: readonly number[], range: TimeRange): LinePlan["fresh"] {
  const runs: LinePlan["fresh"] = [];
  for (const atMs of hoursMs) {
    const toMs = Math.min(range.toMs, atMs + hourMs);
    const last = runs.at(-1);
    if (last !== undefined && last.toMs === atMs) {
      last.toMs = toMs;
      last.hours += 1;
    } else runs.push({ fromMs: Math.max(range.fromMs, atMs), toMs, hours: 1 });
  }
  return runs;
}
