import { pacingUnits } from "../lines/line-states.ts";
import type { CycleStandard } from "../orders/cycle-standard.ts";

/** What a line is made of, as far as KPIs ask. */
export interface UnitOfKpi {
  id: string;
  position: number;
  pacesLine: boolean;
  outputOfLine: boolean;
  /** Where no cycle standard holds. */
  idealRatePerMinute?: number | undefined;
}

const microsecondsOfSecond = 1_000_000;
const microsecondsOfMinute = 60 * microsecondsOfSecond;

/**
 * Ideal time a piece, whole microseconds: the standard of the equipment for the product, or for any
 * product, or what the machine's own ideal rate says. A line without a standard is as fast as the units
 * that pace it are together.
 */
export function idealCycleUsOf(
  equipment: { line: string; units: readonly UnitOfKpi[]; unit?: UnitOfKpi | undefined },
  standards: readonly CycleStandard[],
  { product, atMs }: { product: string | undefined; atMs: number },
): number | undefined {
  const cycleOfUnit = (unit: UnitOfKpi): number | undefined =>
    standardUs(unit.id, standards, product, atMs) ??
    (unit.idealRatePerMinute === undefined || unit.idealRatePerMinute <= 0
      ? undefined
      : microsecondsOfMinute / unit.idealRatePerMinute);
  if (equipment.unit !== undefined) return whole(cycleOfUnit(equipment.unit));
  const ofLine = standardUs(equipment.line, standards, product, atMs);
  if (ofLine !== undefined) return whole(ofLine);
  const cycles = pacingUnits(equipment.units)
    .map(cycleOfUnit)
    .filter((cycleUs) => cycleUs !== undefined);
  if (cycles.length === 0 || cycles.length < pacingUnits(equipment.units).length) return undefined;
  return whole(1 / cycles.reduce((rate, cycleUs) => rate + 1 / cycleUs, 0));
}

function standardUs(
  equipment: string,
  standards: readonly CycleStandard[],
  product: string | undefined,
  atMs: number,
): number | undefined {
  const holding = standards.filter(
    (standard) =>
      standard.equipment === equipment &&
      standard.fromMs <= atMs &&
      atMs < (standard.toMs ?? Infinity),
  );
  const found =
    (product === undefined ? undefined : holding.find((each) => each.product === product)) ??
    holding.find((each) => each.product === null);
  return found === undefined ? undefined : found.idealCycleSeconds * microsecondsOfSecond;
}

/** Integers add up to the same sum in any order. */
function whole(cycleUs: number | undefined): number | undefined {
  return cycleUs === undefined ? undefined : Math.max(1, Math.round(cycleUs));
}
