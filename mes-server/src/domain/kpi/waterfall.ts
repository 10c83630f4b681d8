import { lossClasses } from "../stops/stop.ts";
import { piecesOf } from "./kpis.ts";
import type { KpiTally } from "./tally.ts";

export interface WaterfallStep {
  name: string;
  group: "plan" | "availability" | "effectiveness" | "quality" | "productive";
  /** Below 0 only of `speed`, if more was made than the ideal cycle allows. */
  ms: number;
  /** What could have been made in it at the ideal cycle; of scrap and fully productive, what was made. */
  pieces: number | null;
}

const microsecondsOfMs = 1_000;

/**
 * Where the calendar time went, from what was never planned down to what was fully productive. The steps add
 * up to the calendar time exactly, in ms and in pieces: these are rounded along the sum, not each alone.
 */
export function waterfallOf(tally: KpiTally): WaterfallStep[] {
  const pieces = piecesOf(tally);
  const idealMs = Math.round(tally.idealUs / microsecondsOfMs);
  const scrapMs = pieces > 0 ? Math.round((idealMs * tally.scrapPieces) / pieces) : 0;
  const steps: Omit<WaterfallStep, "pieces">[] = [
    { name: "unscheduled", group: "plan", ms: tally.unscheduledMs },
    { name: "plannedDowntime", group: "plan", ms: tally.plannedDowntimeMs },
    ...lossClasses.map((name) => ({
      name: name as string,
      group: "availability" as const,
      ms: tally.lossMs[name],
    })),
    {
      name: "withoutStandard",
      group: "effectiveness",
      ms: tally.aptMs - tally.standardAptMs,
    },
    { name: "speed", group: "effectiveness", ms: tally.standardAptMs - idealMs },
    { name: "scrap", group: "quality", ms: scrapMs },
    { name: "fullyProductive", group: "productive", ms: idealMs - scrapMs },
  ];
  return withPieces(steps, tally);
}

/** From the bottom up: what was made is known exactly, what could have been is rounded along the sum. */
function withPieces(
  steps: readonly Omit<WaterfallStep, "pieces">[],
  tally: KpiTally,
): WaterfallStep[] {
  const idealMs = tally.idealUs / microsecondsOfMs;
  const timed = piecesOf(tally) - tally.piecesWithoutStandard;
  if (idealMs <= 0 || timed <= 0) return steps.map((step) => ({ ...step, pieces: null }));
  const counted = new Map([
    ["fullyProductive", tally.goodPieces],
    ["scrap", tally.scrapPieces],
  ]);
  const made = piecesOf(tally);
  let aboveMs = 0;
  let toldPieces = 0;
  return steps
    .toReversed()
    .map((step) => {
      const known = counted.get(step.name);
      if (known !== undefined) return { ...step, pieces: known };
      aboveMs += step.ms;
      const pieces = Math.round((aboveMs * timed) / idealMs) - toldPieces;
      toldPieces += pieces;
      return { ...step, pieces: pieces === 0 ? 0 : pieces };
    })
    .toReversed()
    .map((step) => (made === 0 ? { ...step, pieces: null } : step));
}

/** What could have been made in all of the calendar time. */
export function piecesOfCalendar(steps: readonly WaterfallStep[]): number | null {
  let sum = 0;
  for (const { pieces } of steps) {
    if (pieces === null) return null;
    sum += pieces;
  }
  return sum;
}
