import type { AlarmPriority } from "@only-mes/protocols/console/alarms";
import { alarmPriorities } from "@only-mes/protocols/console/alarms";
import { floodsOf, floodWindowMs, mostWithin, type Flood } from "./floods.ts";

export interface CountedOccurrence {
  alarm: string;
  line: string;
  priority: AlarmPriority;
  raisedAtMs: number;
  clearedAtMs: number | null;
}

export interface AlarmFigures {
  raised: number;
  perHour: number;
  peakPerTenMinutes: number;
  byPriority: Record<AlarmPriority, number>;
  floods: (Flood & { line: string })[];
  /** Share of the time in which one of the lines was in a flood. */
  inFloodShare: number;
  standing: { alarm: string; sinceMs: number }[];
  chattering: { alarm: string; mostPerMinute: number }[];
  topTen: { alarm: string; raised: number; share: number }[];
}

const hourMs = 3_600_000;
const minuteMs = 60_000;
const standingMs = 24 * hourMs;
const chatteringPerMinute = 3;
const topMax = 10;

/**
 * The figures of ISA-18.2 about the alarms that operators were told of in a range. `occurrences` are
 * those that touch it; an alarm is standing if it was active for more than 24 h at the range's end.
 */
export function alarmFigures(
  occurrences: readonly CountedOccurrence[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): AlarmFigures {
  const raised = occurrences.filter(({ raisedAtMs }) => raisedAtMs >= fromMs && raisedAtMs < toMs);
  const byLine = Map.groupBy(raised, ({ line }) => line);
  const byAlarm = [...Map.groupBy(raised, ({ alarm }) => alarm)];
  const floods = [...byLine].flatMap(([line, of]) =>
    floodsOf(times(of), toMs).map((flood) => ({ line, ...flood })),
  );
  return {
    raised: raised.length,
    perHour: (raised.length * hourMs) / (toMs - fromMs),
    peakPerTenMinutes: Math.max(
      0,
      ...[...byLine.values()].map((of) => mostWithin(times(of), floodWindowMs)),
    ),
    byPriority: priorityCounts(raised),
    floods: floods.toSorted((a, b) => a.fromMs - b.fromMs),
    inFloodShare: unionMs(floods, toMs) / (toMs - fromMs),
    standing: occurrences
      .filter(
        ({ raisedAtMs, clearedAtMs }) =>
          toMs - raisedAtMs > standingMs && (clearedAtMs === null || clearedAtMs >= toMs),
      )
      .map(({ alarm, raisedAtMs }) => ({ alarm, sinceMs: raisedAtMs }))
      .toSorted((a, b) => a.sinceMs - b.sinceMs),
    chattering: byAlarm
      .map(([alarm, of]) => ({ alarm, mostPerMinute: mostWithin(times(of), minuteMs) }))
      .filter(({ mostPerMinute }) => mostPerMinute >= chatteringPerMinute)
      .toSorted((a, b) => b.mostPerMinute - a.mostPerMinute || compare(a.alarm, b.alarm)),
    topTen: byAlarm
      .map(([alarm, of]) => ({ alarm, raised: of.length, share: of.length / raised.length }))
      .toSorted((a, b) => b.raised - a.raised || compare(a.alarm, b.alarm))
      .slice(0, topMax),
  };
}

function priorityCounts(raised: readonly CountedOccurrence[]): Record<AlarmPriority, number> {
  const counts: Record<AlarmPriority, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const priority of alarmPriorities) {
    counts[priority] = raised.filter((one) => one.priority === priority).length;
  }
  return counts;
}

function unionMs(floods: readonly Flood[], toMs: number): number {
  let sum = 0;
  let endMs = -Infinity;
  for (const flood of floods.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const floodEndMs = Math.min(flood.toMs ?? toMs, toMs);
    sum += Math.max(0, floodEndMs - Math.max(flood.fromMs, endMs));
    endMs = Math.max(endMs, floodEndMs);
  }
  return sum;
}

function times(occurrences: readonly CountedOccurrence[]): number[] {
  return occurrences.map(({ raisedAtMs }) => raisedAtMs);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
