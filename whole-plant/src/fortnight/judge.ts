import { compareUnit, type Span } from "../compare.ts";
import type { Lived } from "./fortnight.ts";
import { judgeKpis } from "./judge-kpis.ts";
import { judgeStops } from "./judge-stops.ts";

/** What the server has, beside what really happened: every difference in words. */
export interface Judgement {
  differences: string[];
  truth: { units: Record<string, UnitFigures> };
  result: { units: Record<string, UnitFigures> };
  compared: Record<string, number>;
}

interface UnitFigures {
  good: number;
  scrap: number;
  stateChanges: number;
}

const dayMs = 86_400_000;
/** Ranges that the API answers at once. */
const rangeMsMax = 7 * dayMs;

export async function judgeFortnight(lived: Lived): Promise<Judgement> {
  const judgement: Judgement = {
    differences: [],
    truth: { units: {} },
    result: { units: {} },
    compared: {},
  };
  for (const unit of Object.keys(lived.history.truth().units)) {
    await judgeUnit(lived, unit, judgement);
  }
  const [kpis, stops] = [await judgeKpis(lived), await judgeStops(lived)];
  judgement.differences.push(...lived.desk.refused, ...kpis.differences, ...stops.differences);
  judgement.compared = { shiftsAndJobs: kpis.compared, stops: stops.compared, ...lived.desk.sent };
  const letters = await lived.api.deadLetters();
  for (const { reason, detail } of letters.slice(0, 5)) {
    judgement.differences.push(`dead letter ${reason}: ${detail}`);
  }
  return judgement;
}

async function judgeUnit(lived: Lived, unit: string, judgement: Judgement): Promise<void> {
  const { api, history, fromMs, toMs } = lived;
  const truth = history.truth().units[unit];
  if (truth === undefined) return;
  const sums = { good: 0, scrap: 0 };
  for (let atMs = fromMs; atMs <= toMs; atMs += rangeMsMax) {
    const counts = await api.counts(unit, atMs, Math.min(toMs + 1, atMs + rangeMsMax));
    sums.good += counts.good;
    sums.scrap += counts.scrap;
  }
  const states = await api.states(unit, fromMs, toMs + 1);
  const { differences, stateChanges } = compareUnit({
    unit,
    truth,
    result: {
      ...sums,
      states: states.map(({ state, from, to }): Span => ({
        state,
        fromMs: Date.parse(from),
        toMs: to === null ? null : Date.parse(to),
      })),
    },
    fromMs,
    toMs,
    // Each change is told with its own instant.
    toleranceMs: 0,
    blindness: [],
  });
  judgement.differences.push(...differences);
  judgement.truth.units[unit] = {
    good: truth.good,
    scrap: truth.scrap,
    stateChanges: truth.states.length - 1,
  };
  judgement.result.units[unit] = { ...sums, stateChanges };
}
