import { lossClasses, type LossClass } from "../stops/stop.ts";

/**
 * Numerators and denominators of every KPI, of one equipment and any time: whole milliseconds, whole
 * microseconds, whole pieces. Tallies are added, ratios never are.
 */
export type KpiTally = Record<(typeof tallyParts)[number], number> & {
  /** Of the busy time that is not value-adding, ms by class: all of them are ASUT + ADET + ADOT. */
  lossMs: Record<LossClass, number>;
};

/** The six elements of time (ISO 22400-2), ms. Their sum is the calendar time. */
const timeElements = [
  /** No shift is on. */
  "unscheduledMs",
  /** A shift is on, but a break or maintenance is planned, or the stop's reason is of the class `planned`. */
  "plannedDowntimeMs",
  /** Actual production time: it produces, whenever that is. */
  "aptMs",
  /** Actual unit setup time. */
  "asutMs",
  /** Actual unit delay time: within a job, but not producing. */
  "adetMs",
  /** Actual unit down time without a job: available, but nothing is ordered. */
  "adotMs",
] as const;

export const tallyParts = [
  ...timeElements,
  /** Part of APT: no shift was on, or downtime was planned. */
  "producedOutsidePlanMs",
  /** Part of ASUT + ADET + ADOT: nobody saw what the machine did. */
  "unobservedMs",
  /** Part of APT: an ideal cycle is known. */
  "standardAptMs",
  /** Pieces times their ideal cycle (PRI · PQ), microseconds. */
  "idealUs",
  "goodPieces",
  "scrapPieces",
  /** Part of the good pieces: they became good by rework. */
  "reworkPieces",
  /** Part of all pieces: no ideal cycle is known for them. */
  "piecesWithoutStandard",
  /** Begun in this time, within the planned busy time; microstops are not among them. */
  "stops",
  "stopMs",
  "microstops",
  "microstopMs",
  /** Breakdowns that began in this time, and how long it was down by them. */
  "failures",
  "failureMs",
] as const;

export function emptyTally(): KpiTally {
  return {
    ...(Object.fromEntries(tallyParts.map((part) => [part, 0])) as Record<
      (typeof tallyParts)[number],
      number
    >),
    lossMs: Object.fromEntries(lossClasses.map((lossClass) => [lossClass, 0])) as Record<
      LossClass,
      number
    >,
  };
}

/** Pools: numerators with numerators, denominators with denominators. */
export function addTallies(tallies: Iterable<KpiTally>): KpiTally {
  const sum = emptyTally();
  for (const tally of tallies) {
    for (const part of tallyParts) sum[part] += tally[part];
    for (const lossClass of lossClasses) sum.lossMs[lossClass] += tally.lossMs[lossClass];
  }
  return sum;
}

/** What has to be added to `from` to come to `to`. */
export function tallyDifference(to: KpiTally, from: KpiTally): KpiTally {
  const difference = emptyTally();
  for (const part of tallyParts) difference[part] = to[part] - from[part];
  for (const lossClass of lossClasses) {
    difference.lossMs[lossClass] = to.lossMs[lossClass] - from.lossMs[lossClass];
  }
  return difference;
}

export function isEmptyTally(tally: KpiTally): boolean {
  return (
    tallyParts.every((part) => tally[part] === 0) &&
    lossClasses.every((lossClass) => tally.lossMs[lossClass] === 0)
  );
}
