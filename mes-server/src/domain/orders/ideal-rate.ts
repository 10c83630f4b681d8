import { idealCycleUsOf, type UnitOfKpi } from "../kpi/ideal-cycle.ts";
import type { CycleStandard } from "./cycle-standard.ts";

const minuteMs = 60_000;
const microsecondsOfMinute = 60_000_000;

export interface RatedLine {
  line: string;
  units: readonly UnitOfKpi[];
  standards: readonly CycleStandard[];
}

/** Good pieces a minute of a product at the ideal cycle that KPIs go by; null if none is known. */
export function idealRatePerMinute(
  { line, units, standards }: RatedLine,
  product: string,
  atMs: number,
): number | null {
  if (units.length === 0 && standards.length === 0) return null;
  const cycleUs = idealCycleUsOf({ line, units }, standards, { product, atMs });
  return cycleUs === undefined ? null : microsecondsOfMinute / cycleUs;
}

/** Pieces at the ideal rate in spans of time, whatever standards begin and end within them. */
export function idealPieces(
  rated: RatedLine,
  product: string,
  spans: readonly { fromMs: number; toMs: number }[],
): number | null {
  const changesMs = rated.standards.flatMap(({ fromMs, toMs }) =>
    toMs === null ? [fromMs] : [fromMs, toMs],
  );
  let pieces = 0;
  for (const { fromMs, toMs } of spans) {
    const inside = changesMs.filter((ms) => ms > fromMs && ms < toMs).sort((a, b) => a - b);
    const bounds = [fromMs, ...inside, toMs];
    for (const [place, beginMs] of bounds.slice(0, -1).entries()) {
      const rate = idealRatePerMinute(rated, product, beginMs);
      if (rate === null) return null;
      pieces += (rate * ((bounds[place + 1] ?? toMs) - beginMs)) / minuteMs;
    }
  }
  return pieces;
}
