import { piecesOf } from "../kpi/kpis.ts";
import { addTallies, emptyTally, type KpiTally } from "../kpi/tally.ts";
import { outputUnits } from "../lines/line-figures.ts";
import { pacingUnits } from "../lines/line-states.ts";
import type { UnitOfKpi } from "../kpi/ideal-cycle.ts";

/**
 * The tally of a job that holds one slot of several, from those of the slot's units: the time and the ideal
 * cycle of the units that pace it, the good pieces of those that give its output, the scrap of all.
 */
export function slotTally(
  units: readonly UnitOfKpi[],
  tallies: ReadonlyMap<string, KpiTally>,
): KpiTally {
  const sumOf = (some: readonly UnitOfKpi[]): KpiTally =>
    addTallies(some.map(({ id }) => tallies.get(id) ?? emptyTally()));
  if (units.length === 0) return emptyTally();
  const paced = sumOf(pacingUnits(units));
  const all = sumOf(units);
  const made = {
    goodPieces: sumOf(outputUnits(units)).goodPieces,
    scrapPieces: all.scrapPieces,
    reworkPieces: all.reworkPieces,
  };
  const pieces = piecesOf(paced) - paced.piecesWithoutStandard;
  const cycleUs = pieces > 0 ? paced.idealUs / pieces : 0;
  return { ...paced, ...made, piecesWithoutStandard: 0, idealUs: cycleUs * piecesOf(made) };
}

/** What of the line's pieces is of none of the jobs: rows and remainder add up to the line. */
export function remainder(line: KpiTally, jobs: readonly KpiTally[]): KpiTally {
  const { goodPieces, scrapPieces, reworkPieces } = addTallies(jobs);
  return {
    ...emptyTally(),
    goodPieces: line.goodPieces - goodPieces,
    scrapPieces: line.scrapPieces - scrapPieces,
    reworkPieces: line.reworkPieces - reworkPieces,
  };
}
