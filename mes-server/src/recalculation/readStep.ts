import type { PoolClient } from "pg";
import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import type { UnitOfKpi } from "../domain/kpi/ideal-cycle.ts";
import { hourFloor, hourMs, type TimeRange } from "../domain/kpi/segments.ts";
import { readRangeFacts, type RangeFacts } from "../kpi/deriveRange.ts";
import { readDirtyHours, type DirtyHour } from "../store/readDirtyHours.ts";
import { readFirstFact } from "../store/readFirstFact.ts";
import { readKpiHours, type HourEdges } from "../store/readKpiHours.ts";
import { readKpiDeltas, readKpiWindows } from "../store/readKpiWindows.ts";
import { readPeriodLock } from "../store/readPeriodLock.ts";
import { readRecalculation, type RecalculationState } from "../store/readRecalculation.ts";
import { readUnitsOfLine } from "../store/readUnitsOfLine.ts";

/** All that a step follows from, of one moment of the database. */
export interface StepInput extends RangeFacts {
  line: string;
  seen: RecalculationState | undefined;
  derivedFromMs: number;
  derivedToMs: number;
  /** Whole hours. */
  range: TimeRange;
  dirty: readonly DirtyHour[];
  stored: readonly KpiWindow[];
  deltas: readonly KpiWindow[];
  /** Those of the range and one hour beside it on each side. */
  storedHours: readonly HourEdges[];
  lockedToMs: number;
}

/** The windows of a line begin earlier than was thought: the hours between are to be derived. */
export interface EarlierBeginning {
  line: string;
  seen: RecalculationState;
  derivedFromMs: number;
  /** Dirty hours before any fact, of which nothing follows. */
  pointless: readonly DirtyHour[];
}

export type Step =
  | { kind: "derive"; input: StepInput }
  | { kind: "begin"; begin: EarlierBeginning };

export interface StepQuestion {
  line: string;
  /** Hours that end by then are closed. */
  closedToMs: number;
  hoursMax: number;
  /** Dirty hours before it are left for another time. */
  dirtyFromMs?: number;
}

const dirtyBeforeMax = 5_000;

/** What of a line is to be derived next; `undefined` if nothing is. */
export async function readStep(tx: PoolClient, question: StepQuestion): Promise<Step | undefined> {
  const { line, closedToMs, hoursMax, dirtyFromMs = 0 } = question;
  const seen = await readRecalculation(tx, line);
  const units = await readUnitsOfLine(tx, line);
  const unitIds = units.map(({ id }) => id);
  let derivedFromMs = seen?.derivedFromMs;
  if (derivedFromMs === undefined) {
    const firstMs = await readFirstFact(tx, unitIds);
    if (firstMs === undefined || hourFloor(firstMs) >= closedToMs) return undefined;
    derivedFromMs = hourFloor(firstMs);
  } else if (seen !== undefined) {
    const begin = await earlierBeginning(tx, line, seen, unitIds);
    if (begin !== undefined) return { kind: "begin", begin };
  }
  const derivedToMs = seen?.derivedToMs ?? derivedFromMs;
  const range =
    derivedToMs < closedToMs
      ? { fromMs: derivedToMs, toMs: Math.min(closedToMs, derivedToMs + hoursMax * hourMs) }
      : await dirtyRun(tx, {
          line,
          fromMs: Math.max(derivedFromMs, dirtyFromMs),
          toMs: derivedToMs,
          limit: hoursMax,
        });
  if (range === undefined) return undefined;
  return {
    kind: "derive",
    input: {
      line,
      seen,
      derivedFromMs,
      derivedToMs: Math.max(derivedToMs, range.toMs),
      range,
      ...(await readRange(tx, line, units, range)),
    },
  };
}

async function earlierBeginning(
  tx: PoolClient,
  line: string,
  seen: RecalculationState,
  units: readonly string[],
): Promise<EarlierBeginning | undefined> {
  const before = { line, fromMs: 0, toMs: seen.derivedFromMs, limit: dirtyBeforeMax };
  const dirty = await readDirtyHours(tx, before);
  if (dirty.length === 0) return undefined;
  const firstMs = hourFloor((await readFirstFact(tx, units)) ?? seen.derivedFromMs);
  return {
    line,
    seen,
    derivedFromMs: Math.min(firstMs, seen.derivedFromMs),
    pointless: dirty.filter(({ hourMs: atMs }) => atMs < firstMs),
  };
}

/** The oldest dirty hours, as far as they follow one another. */
async function dirtyRun(
  tx: PoolClient,
  of: { line: string; fromMs: number; toMs: number; limit: number },
): Promise<TimeRange | undefined> {
  const [first, ...rest] = await readDirtyHours(tx, of);
  if (first === undefined) return undefined;
  let toMs = first.hourMs + hourMs;
  for (const { hourMs: atMs } of rest) if (atMs === toMs) toMs += hourMs;
  return { fromMs: first.hourMs, toMs };
}

async function readRange(
  tx: PoolClient,
  line: string,
  units: readonly UnitOfKpi[],
  range: TimeRange,
): Promise<Omit<StepInput, "line" | "seen" | "derivedFromMs" | "derivedToMs" | "range">> {
  const of = { line, ...range };
  const hours = (range.toMs - range.fromMs) / hourMs;
  return {
    ...(await readRangeFacts(tx, { line, units, range })),
    dirty: await readDirtyHours(tx, { ...of, limit: hours }),
    stored: await readKpiWindows(tx, of),
    deltas: await readKpiDeltas(tx, of),
    storedHours: await readKpiHours(tx, {
      line,
      fromMs: range.fromMs - hourMs,
      toMs: range.toMs + hourMs,
    }),
    lockedToMs: (await readPeriodLock(tx, line)) ?? -Infinity,
  };
}
