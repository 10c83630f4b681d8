import type { HandoverReport, HandoverStop } from "@only-mes/protocols/console/handover";
import { reasonAt, type ReasonTree } from "../stops/reason-tree.ts";
import type { LossClass, Stop, TimeRange } from "../stops/stop.ts";
import { endWithin, isoTime, type HandoverFacts } from "./handover-facts.ts";
import { minutesOf, withMinutes } from "./rounded-parts.ts";
import { lossWords } from "./words.ts";

const longestMax = 5;
const reasonsMax = 8;

/** A stop with the time of it that counts: within the shift, and outside of what was planned. */
interface CountedStop {
  stop: Stop;
  ms: number;
  lossClass: LossClass;
  label: string;
}

/**
 * The stops of a shift as a supervisor asks for them: which took long, for what reason, which nobody has
 * explained, which are still on. Their times are those that the KPIs count, so that they add up to them.
 */
export function stopLists(facts: HandoverFacts): HandoverReport["stops"] {
  const counted = countedStops(facts).filter(({ stop }) => stop.state !== "Unknown");
  const stops = counted.filter(({ stop }) => !stop.isMicrostop);
  const short = counted.filter(({ stop }) => stop.isMicrostop);
  const byTime = stops.toSorted((a, b) => b.ms - a.ms || a.stop.fromMs - b.stop.fromMs);
  const answerOf = answersTo(facts.toMs);
  const ms = sumOf(stops);
  return {
    count: new Set(stops.map(({ stop }) => stop.id)).size,
    ms,
    minutes: minutesOf(ms),
    microstops: {
      count: new Set(short.map(({ stop }) => stop.id)).size,
      ms: sumOf(short),
      minutes: minutesOf(sumOf(short)),
    },
    longest: byTime.slice(0, longestMax).map(answerOf),
    byReason: byReason(stops).slice(0, reasonsMax),
    withoutReason: stops
      .filter(({ stop, lossClass }) => stop.reason === undefined && lossClass === "unassigned")
      .map(answerOf),
    open: stops.filter(({ stop }) => stop.toMs === null || stop.toMs > facts.toMs).map(answerOf),
  };
}

function countedStops(facts: HandoverFacts): CountedStop[] {
  const planned = facts.plannedDowntimes.filter(({ equipment }) => equipment === facts.line.id);
  const setups = facts.jobs
    .filter(({ phase }) => phase === "setup")
    .flatMap((setup) => clipped(setup, facts.shift.startMs, facts.toMs));
  return facts.stops.flatMap((stop) => {
    const busy = stop.parts.flatMap((part) =>
      without(clipped(part, facts.shift.startMs, facts.toMs), planned),
    );
    const counted = (lossClass: LossClass, ranges: readonly Closed[]): CountedStop[] => {
      const ms = lengthOf(ranges);
      return ms === 0
        ? []
        : [{ stop, ms, lossClass, label: labelOf(facts.reasons, stop, lossClass) }];
    };
    if (stop.lossClass !== "unassigned") return counted(stop.lossClass, busy);
    // Nobody need say why a line stands while it is set up.
    const unexplained = without(busy, setups);
    const inSetup = lengthOf(busy) - lengthOf(unexplained);
    const setUp: CountedStop = { stop, ms: inSetup, lossClass: "setup", label: lossWords.setup };
    return [...(inSetup > 0 ? [setUp] : []), ...counted("unassigned", unexplained)];
  });
}

function lengthOf(ranges: readonly Closed[]): number {
  return ranges.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function labelOf(reasons: ReasonTree, stop: Stop, lossClass: LossClass): string {
  if (stop.reason === undefined) return lossWords[lossClass];
  return reasonAt(reasons, stop.reason, stop.fromMs)?.name ?? stop.reason;
}

function answersTo(toldToMs: number): (counted: CountedStop) => HandoverStop {
  return ({ stop, ms, lossClass, label }) => ({
    id: stop.id,
    from: isoTime(stop.fromMs),
    to: endWithin(stop.toMs, toldToMs),
    reason: stop.reason ?? null,
    label,
    lossClass,
    ms,
    minutes: minutesOf(ms),
  });
}

function byReason(stops: readonly CountedStop[]): HandoverReport["stops"]["byReason"] {
  const groups = [
    ...Map.groupBy(stops, ({ stop, label }) => `${stop.reason ?? ""} ${label}`).values(),
  ];
  const rows = groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { stop, label, lossClass } = first;
    return [
      { reason: stop.reason ?? null, label, lossClass, count: group.length, ms: sumOf(group) },
    ];
  });
  return withMinutes(rows.sort((a, b) => b.ms - a.ms || (a.label < b.label ? -1 : 1)));
}

function sumOf(stops: readonly CountedStop[]): number {
  return stops.reduce((sum, { ms }) => sum + ms, 0);
}

interface Closed {
  fromMs: number;
  toMs: number;
}

export function clipped({ fromMs, toMs }: TimeRange, beginMs: number, endMs: number): Closed[] {
  const range = { fromMs: Math.max(fromMs, beginMs), toMs: Math.min(toMs ?? endMs, endMs) };
  return range.fromMs < range.toMs ? [range] : [];
}

function without(ranges: readonly Closed[], holes: readonly Closed[]): Closed[] {
  return holes.reduce<readonly Closed[]>(
    (left, hole) =>
      left.flatMap((range) => {
        const before = { fromMs: range.fromMs, toMs: Math.min(range.toMs, hole.fromMs) };
        const after = { fromMs: Math.max(range.fromMs, hole.toMs), toMs: range.toMs };
        return [before, after].filter(({ fromMs, toMs }) => fromMs < toMs);
      }),
    ranges,
  ) as Closed[];
}
