import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool, PoolClient } from "pg";
import {
  groupOf,
  passes,
  pooledGroups,
  pooledTally,
  type Grouping,
  type TallyFilter,
  type TallyGroup,
} from "../domain/kpi/grouping.ts";
import type { KpiTally } from "../domain/kpi/tally.ts";
import { readLinesUnder } from "../store/readLinesUnder.ts";
import { readUnitsOfLine } from "../store/readUnitsOfLine.ts";
import { sumKpiAdjustments, sumKpiWindows } from "../store/sumKpiWindows.ts";
import { transaction } from "../store/transaction.ts";
import { deriveRange } from "./deriveRange.ts";
import { planOfLine } from "./planOfLine.ts";

export interface TallyQuestion {
  /** A unit, a line, or an area, site or enterprise: those are their lines, pooled. */
  equipment: string;
  fromMs: number;
  /** What is later than now is left out. */
  toMs: number;
  filter?: TallyFilter;
  by?: Grouping | undefined;
}

export interface TallyAnswer {
  /** One for each key of the grouping; without a grouping, one or none. */
  groups: TallyGroup[];
  /** All groups together. */
  total: KpiTally;
  /** Part of it is older than the facts: more hours are to be derived again than are at once. */
  recalculating: boolean;
  /** What would be different in closed periods by the facts as they are known now. */
  adjustments: KpiTally | undefined;
}

/** Hours of lines that one answer derives at most. */
const freshHoursMax = 48;

/**
 * The tally of any equipment, range and part of the production: the one source of KPIs for API, consoles
 * and reports. Closed hours come from their windows; what is open, dirty or cut by the range is derived
 * at once, by the same functions. In one snapshot of the database.
 */
export async function readTally(
  { pool, clock }: { pool: Pool; clock: Pick<PlantClock, "now"> },
  question: TallyQuestion,
): Promise<TallyAnswer> {
  return await transaction(pool, (tx) => readTallyWithin(tx, clock.now(), question), {
    begin: "BEGIN ISOLATION LEVEL REPEATABLE READ",
  });
}

/** The same in a transaction that is under way. */
export async function readTallyWithin(
  tx: PoolClient,
  nowMs: number,
  question: TallyQuestion,
): Promise<TallyAnswer> {
  const { equipment, filter = {}, by } = question;
  const toMs = Math.min(question.toMs, nowMs);
  const found: TallyGroup[] = [];
  const adjustments: TallyGroup[] = [];
  let recalculating = false;
  let freshHoursLeft = freshHoursMax;
  const range = { fromMs: question.fromMs, toMs };
  const places = range.fromMs < toMs ? await readLinesUnder(tx, { equipment, ...range }) : [];
  for (const place of places) {
    const units = await readUnitsOfLine(tx, place.line);
    const unitIds = units.map(({ id }) => id);
    const asked = equipmentOf(place.line, unitIds, equipment, by);
    if (asked.length === 0) continue;
    const plan = await planOfLine(tx, {
      line: place.line,
      unitIds,
      asked,
      range: place,
      freshHoursMax: freshHoursLeft,
    });
    if (plan === undefined) continue;
    recalculating ||= plan.isBehind;
    freshHoursLeft -= plan.fresh.reduce((sum, { hours }) => sum + hours, 0);
    const stored = {
      equipment: asked,
      ...plan.range,
      exceptHoursMs: plan.freshHoursMs,
      filter,
      by,
    };
    found.push(...(await sumKpiWindows(tx, stored)));
    adjustments.push(...(await sumKpiAdjustments(tx, { ...stored, exceptHoursMs: [] })));
    for (const fresh of plan.fresh) {
      const windows = await deriveRange(tx, { line: place.line, units, range: fresh });
      found.push(
        ...windows
          .filter((window) => asked.includes(window.equipment) && passes(window, filter))
          .map((window) => groupOf(window, by)),
      );
    }
  }
  return {
    groups: pooledGroups(found),
    total: pooledTally(found),
    recalculating,
    adjustments: adjustments.length === 0 ? undefined : pooledTally(adjustments),
  };
}

/** Whose windows are summed: by equipment, a line's are those of its units. */
function equipmentOf(
  line: string,
  units: readonly string[],
  asked: string,
  by: Grouping | undefined,
): readonly string[] {
  if (asked === line) return by === "equipment" ? units : [line];
  if (asked.startsWith(`${line}.`)) return units.filter((unit) => unit === asked);
  return [line];
}
