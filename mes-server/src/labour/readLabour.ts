import {
  foldLabour,
  labourMsMax,
  type LabourFact,
  type LabourInterval,
  type LabourPlant,
  type LabourRule,
} from "../domain/labour/fold-labour.ts";
import { labourTimes, type LabourTime } from "../domain/labour/labour-time.ts";
import { lineOfEquipment } from "../domain/quality/place.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { readLabourFacts } from "../store/readLabourFacts.ts";
import { readLabourRules } from "../store/labourRules.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import type { Transaction } from "../store/statement.ts";

export interface LabourAsked {
  /** All lines if absent. */
  line?: string | undefined;
  fromMs: number;
  toMs: number;
  nowMs: number;
}

/** Where nothing was set: one place at a time, half an hour after the shift. */
export const plainRule: LabourRule = { severalPlaces: false, toleranceMs: 30 * 60_000 };

/** Who was signed on in a range, whole intervals, in order of their beginning. */
export async function readLabour(db: Transaction, asked: LabourAsked): Promise<LabourInterval[]> {
  const { line, fromMs, toMs, nowMs } = asked;
  // What holds in the range was begun at most so long before; a later fact ends it, up to the present.
  const facts = await readLabourFacts(db, {
    line,
    fromMs: fromMs - labourMsMax,
    toMs: Math.min(toMs + labourMsMax, nowMs + 1),
  });
  const intervals = foldLabour(facts, await plantOf(db, facts), nowMs);
  return intervals.filter(
    (each) =>
      each.fromMs < toMs &&
      (each.toMs === null || each.toMs > fromMs) &&
      (line === undefined || lineOfEquipment(each.equipment) === line),
  );
}

/** The same as time, cut at shifts and jobs of each line; what lasts is counted until now. */
export async function readLabourTimes(db: Transaction, asked: LabourAsked): Promise<LabourTime[]> {
  const toMs = Math.min(asked.toMs, asked.nowMs);
  const byLine = Map.groupBy(await readLabour(db, asked), ({ equipment }) =>
    lineOfEquipment(equipment),
  );
  const times: LabourTime[] = [];
  for (const [line, intervals] of byLine) {
    const range = { line, fromMs: asked.fromMs, toMs };
    const shifts = await readShiftInstances(db, range);
    const jobs = await readJobIntervals(db, range);
    times.push(...labourTimes(intervals, { ...range, shifts, jobs }));
  }
  return times;
}

async function plantOf(db: Transaction, facts: readonly LabourFact[]): Promise<LabourPlant> {
  const times = facts.map(({ atMs }) => atMs);
  const fromMs = times.reduce((a, b) => Math.min(a, b), Infinity);
  const toMs = times.reduce((a, b) => Math.max(a, b), -Infinity) + labourMsMax;
  const lines = new Set(
    facts.flatMap(({ equipment }) => (equipment === null ? [] : [lineOfEquipment(equipment)])),
  );
  const shifts = new Map<string, { startMs: number; endMs: number }[]>();
  for (const line of lines) shifts.set(line, await readShiftInstances(db, { line, fromMs, toMs }));
  const rules = await readLabourRules(db);
  return {
    shiftsOf: (equipment) => shifts.get(lineOfEquipment(equipment)) ?? [],
    ruleAt: (equipment, atMs) => {
      const line = lineOfEquipment(equipment);
      return rules.findLast((rule) => rule.line === line && rule.fromMs <= atMs) ?? plainRule;
    },
  };
}
