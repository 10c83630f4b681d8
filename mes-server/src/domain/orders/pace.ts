import { idealPieces, idealRatePerMinute, type RatedLine } from "./ideal-rate.ts";

export interface Span {
  fromMs: number;
  toMs: number;
}

export interface PaceInput {
  rated: RatedLine;
  product: string;
  quantity: number;
  good: number;
  /** Production of the job until now, without changeover and without planned downtime. */
  produced: readonly Span[];
  /** What a line is planned with, as a share of its ideal rate. */
  targetShare: number;
  isRunning: boolean;
  /** Planned downtime that is still to come. */
  downtimes: readonly Span[];
  nowMs: number;
}

export interface Pace {
  idealRatePerMinute: number | null;
  /** Pieces due by now, at most the quantity. */
  expected: number | null;
  aheadPieces: number | null;
  aheadMinutes: number | null;
  estimatedEndMs: number | null;
}

const minuteMs = 60_000;
/** The pace of fewer minutes says little of the hours to come. */
const ownPaceAfterMs = 5 * minuteMs;
/** What is further away than this is not an estimate. */
const estimateMsMax = 60 * 24 * 60 * minuteMs;

export function paceOf(input: PaceInput): Pace {
  const { rated, product, quantity, good, produced, targetShare, nowMs } = input;
  const idealRate = idealRatePerMinute(rated, product, nowMs);
  const ideal = idealPieces(rated, product, produced);
  const rate = idealRate === null ? null : idealRate * targetShare;
  const expected = ideal === null ? null : Math.min(quantity, ideal * targetShare);
  const aheadPieces = expected === null ? null : good - expected;
  return {
    idealRatePerMinute: idealRate,
    expected,
    aheadPieces,
    aheadMinutes: aheadPieces === null || rate === null ? null : aheadPieces / rate,
    estimatedEndMs: input.isRunning ? estimatedEnd(input, rate) : null,
  };
}

function estimatedEnd(
  { quantity, good, produced, downtimes, nowMs }: PaceInput,
  plannedRate: number | null,
): number | null {
  const remaining = quantity - good;
  if (remaining <= 0) return null;
  const producedMs = produced.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const hasOwnPace = good > 0 && producedMs >= ownPaceAfterMs;
  const rate = hasOwnPace ? (good * minuteMs) / producedMs : plannedRate;
  if (rate === null) return null;
  const neededMs = (remaining / rate) * minuteMs;
  return neededMs > estimateMsMax ? null : Math.round(endAfter(nowMs, neededMs, downtimes));
}

/** When so much time has been worked from a time on, if nothing is done in the downtimes. */
export function endAfter(fromMs: number, workMs: number, downtimes: readonly Span[]): number {
  let atMs = fromMs;
  let leftMs = workMs;
  for (const downtime of [...downtimes].sort((a, b) => a.fromMs - b.fromMs)) {
    if (downtime.toMs <= atMs) continue;
    const untilMs = Math.max(atMs, downtime.fromMs);
    if (untilMs - atMs >= leftMs) break;
    leftMs -= untilMs - atMs;
    atMs = downtime.toMs;
  }
  return atMs + leftMs;
}

/** What is left of spans outside of others. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  return others.reduce<Span[]>(
    (left, gap) =>
      left.flatMap((span) =>
        [
          { fromMs: span.fromMs, toMs: Math.min(span.toMs, gap.fromMs) },
          { fromMs: Math.max(span.fromMs, gap.toMs), toMs: span.toMs },
        ].filter(({ fromMs, toMs }) => fromMs < toMs),
      ),
    [...spans],
  );
}
