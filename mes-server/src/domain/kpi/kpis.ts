import type { KpiTally } from "./tally.ts";

/** Ratios are 1 for 100 %, times are ms. Absent where the denominator is 0: never NaN, never made up. */
export interface Kpis {
  /** APT / PBT */
  availability?: number;
  /** PRI · PQ / APT, of the time with an ideal cycle. Over 1 if the cycle is set too slow: never capped. */
  effectiveness?: number;
  /** GQ / PQ */
  quality?: number;
  /** Availability · effectiveness · quality */
  oee?: number;
  /** Net equipment effectiveness: AUPT / PBT · effectiveness · quality; setup is no loss here. */
  nee?: number;
  /** OEE · PBT / calendar time */
  teep?: number;
  /** AUBT / PBT: how much of the busy time that was planned was taken by jobs. */
  allocationEfficiency?: number;
  /** APT / AUBT */
  utilization?: number;
  /** APT / (APT + ADET) */
  technicalEfficiency?: number;
  /** ASUT / AUPT */
  setupRatio?: number;
  /** SQ / PQ */
  scrapRatio?: number;
  /** RQ / PQ */
  reworkRatio?: number;
  /** (GQ − RQ) / PQ: good at once, of those inspected (every piece is) */
  firstPassYield?: number;
  /** PQ / AUBT, pieces an hour */
  throughputPerHour?: number;
  /** APT / failures, ms */
  mtbfMs?: number;
  /** Time down by failures / failures, ms */
  mttrMs?: number;
  /** APT / pieces, ms: the cycle as it was, to be held against the ideal one. */
  actualCycleMs?: number;
  flags: KpiFlags;
}

/** What a reader must know to believe the figures. */
interface KpiFlags {
  /** More was made than the ideal cycle allows: the cycle is wrong, or pieces are counted twice. */
  overHundred: boolean;
  /** Share of the pieces for which no ideal cycle is known: effectiveness says nothing of them. */
  noStandardShare: number;
  /** Share of the planned busy time in which nobody saw what the machine did. */
  unobservedShare: number;
  /** Share of the production time in which no shift was on, or downtime was planned. */
  producedOutsidePlanShare: number;
}

/** The sums of time that ISO 22400-2 makes of its elements, ms. */
export interface KpiTimes {
  calendarMs: number;
  /** Planned operation time: shifts, and whatever was produced outside of them. */
  potMs: number;
  /** Planned busy time: POT − planned downtime. */
  pbtMs: number;
  /** Actual unit busy time: AUPT + ADET. */
  aubtMs: number;
  /** Actual unit processing time: APT + ASUT. */
  auptMs: number;
}

const microsecondsOfMs = 1_000;
const hourMs = 3_600_000;

export function timesOf(tally: KpiTally): KpiTimes {
  const auptMs = tally.aptMs + tally.asutMs;
  const aubtMs = auptMs + tally.adetMs;
  const pbtMs = aubtMs + tally.adotMs;
  const potMs = pbtMs + tally.plannedDowntimeMs;
  return { calendarMs: potMs + tally.unscheduledMs, potMs, pbtMs, aubtMs, auptMs };
}

/**
 * Every KPI of ISO 22400-2 that follows from a tally: the one place in which they are computed.
 * Whoever wants them of more equipment or of a longer time adds the tallies first (addTallies).
 */
export function kpisOf(tally: KpiTally): Kpis {
  const { aptMs, asutMs, adetMs, goodPieces, scrapPieces, reworkPieces } = tally;
  const { calendarMs, pbtMs, aubtMs, auptMs } = timesOf(tally);
  const pieces = piecesOf(tally);
  const availability = ratio(aptMs, pbtMs);
  const effectiveness = ratio(tally.idealUs / microsecondsOfMs, tally.standardAptMs);
  const quality = ratio(goodPieces, pieces);
  const oee = product(availability, effectiveness, quality);
  return defined({
    availability,
    effectiveness,
    quality,
    oee,
    nee: product(ratio(auptMs, pbtMs), effectiveness, quality),
    teep: product(oee, ratio(pbtMs, calendarMs)),
    allocationEfficiency: ratio(aubtMs, pbtMs),
    utilization: ratio(aptMs, aubtMs),
    technicalEfficiency: ratio(aptMs, aptMs + adetMs),
    setupRatio: ratio(asutMs, auptMs),
    scrapRatio: ratio(scrapPieces, pieces),
    reworkRatio: ratio(reworkPieces, pieces),
    firstPassYield: ratio(goodPieces - reworkPieces, pieces),
    throughputPerHour: ratio(pieces * hourMs, aubtMs),
    mtbfMs: ratio(aptMs, tally.failures),
    mttrMs: ratio(tally.failureMs, tally.failures),
    actualCycleMs: ratio(aptMs, pieces),
    flags: {
      overHundred: (effectiveness ?? 0) > 1,
      noStandardShare: ratio(tally.piecesWithoutStandard, pieces) ?? 0,
      unobservedShare: ratio(tally.unobservedMs, pbtMs) ?? 0,
      producedOutsidePlanShare: ratio(tally.producedOutsidePlanMs, aptMs) ?? 0,
    },
  });
}

/** PQ: every piece that was made. Rework is not added: it is part of what became good. */
export function piecesOf({
  goodPieces,
  scrapPieces,
}: Pick<KpiTally, "goodPieces" | "scrapPieces">): number {
  return goodPieces + scrapPieces;
}

function ratio(numerator: number, denominator: number): number | undefined {
  return denominator > 0 ? numerator / denominator : undefined;
}

function product(...factors: (number | undefined)[]): number | undefined {
  let result = 1;
  for (const factor of factors) {
    if (factor === undefined) return undefined;
    result *= factor;
  }
  return result;
}

type MaybeUndefined<T> = { [K in keyof T]: T[K] | undefined };

function defined(kpis: MaybeUndefined<Kpis>): Kpis {
  return Object.fromEntries(
    Object.entries(kpis).filter(([, value]) => value !== undefined),
  ) as unknown as Kpis;
}
