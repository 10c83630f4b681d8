import { lineEventsMax, type LineEvent } from "@only-mes/protocols/console/live";
import { alarmName, eventOfRaise } from "../alarms/alarmWords.ts";
import { eventOfCall } from "../andon/callWords.ts";
import type { CountChange } from "../commit/committed.ts";
import type { StateSpan } from "../domain/lines/line-states.ts";
import type { OddCount } from "../store/readOddCounts.ts";
import type { RecentCount } from "../store/readRecentCounts.ts";
import type { LineBook, LoadedLine } from "./line-book.ts";
import { eventOfCount, eventOfState } from "./line-events.ts";
import type { AlarmNewsRow } from "../store/readAlarmNews.ts";
import type { LoadedCounts, UnitBook } from "./unit-book.ts";

/** Rows of the database, of several lines. */
export interface LineRows {
  spans: ReadonlyMap<string, StateSpan[]>;
  spansFromMs: number;
  firstStates: ReadonlyMap<string, number>;
  odd: readonly OddCount[];
  news: readonly AlarmNewsRow[];
  counts: ReadonlyMap<string, RecentCount[]>;
  nowMs: number;
}

/** The ground of one line, from rows of several. */
export function loadedLine(line: LineBook, rows: LineRows): LoadedLine {
  const units = line.units();
  const first = units.map((unit) => rows.firstStates.get(unit.id)).filter((ms) => ms !== undefined);
  return {
    spans: rows.spans,
    spansFromMs: rows.spansFromMs,
    counts: new Map(units.map((unit) => [unit.id, countsOf(rows.counts.get(unit.id) ?? [])])),
    recentGood: line
      .outputUnitIds()
      .flatMap((unit) => rows.counts.get(unit) ?? [])
      .filter((count) => count.role === "goodCount")
      .flatMap(({ stepMs, pieces }) => (stepMs === null ? [] : [{ atMs: stepMs, pieces }])),
    observedSinceMs: first.length === 0 ? rows.nowMs : Math.min(...first),
    events: eventsOf(line, units, rows),
  };
}

/** Time of the newest count of a role that the rows have in them. */
export function newestCounted(
  counts: readonly RecentCount[] | undefined,
  role: CountChange["role"],
): number {
  return (counts ?? []).reduce(
    (newest, count) => (count.role === role ? Math.max(newest, count.newestMs) : newest),
    -Infinity,
  );
}

function countsOf(counts: readonly RecentCount[]): LoadedCounts {
  const loaded: LoadedCounts = { goodCount: 0, scrapCount: 0, reworkCount: 0 };
  for (const { role, inShift, pieces } of counts) if (inShift) loaded[role] += pieces;
  return loaded;
}

function eventsOf(
  line: LineBook,
  units: readonly UnitBook[],
  { spans, odd, news }: LineRows,
): LineEvent[] {
  const told = news.flatMap((row) => (row.line === line.id ? [eventOfNews(line, row)] : []));
  const events = units.flatMap((unit) => [
    ...(spans.get(unit.id) ?? []).map(({ state, fromMs }) =>
      eventOfState(unit, { unit: unit.id, state, fromMs }),
    ),
    ...odd.filter((count) => count.unit === unit.id).map((count) => eventOfCount(unit, count)),
  ]);
  return [...events, ...told].sort((a, b) => a.atMs - b.atMs).slice(-lineEventsMax);
}

function eventOfNews(line: LineBook, row: AlarmNewsRow): LineEvent {
  const unit = line.units().find(({ id }) => id === row.unit);
  const place = unit?.definition.name ?? line.definition.name;
  if (row.of === "call") return eventOfCall(row, "raised", row.atMs, place);
  const name = alarmName(row.name, row.level);
  return eventOfRaise({ alarm: row.id, unit: row.unit, unitName: place, name }, row.atMs);
}
