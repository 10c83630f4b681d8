import type { Transition } from "../domain/alarms/conditionFold.ts";
import { alarmId } from "../domain/alarms/conditionRules.ts";
import type { OccurrenceRow } from "../store/alarmOccurrences.ts";
import type { WatchedDefinition } from "./alarmRules.ts";

type Interval = Pick<OccurrenceRow, "alarm" | "raisedAtMs" | "clearedAtMs">;

/** What one turn changes of one alarm's occurrences, before it is written. */
export interface AlarmChange {
  alarm: string;
  definition: WatchedDefinition;
  /** By raise: a whole new row, the end of one that stands, or null for one that is gone. */
  rows: Map<number, OccurrenceRow | Interval | null>;
  /** As they stood before a rewind; absent without one. */
  old: Interval[] | undefined;
  /** Raises up to here are not news: later samples had been seen before. */
  seenToMs: number;
}

export interface OccurrenceChanges {
  /** What was raised or cleared, in order. */
  apply(definition: WatchedDefinition, transitions: readonly Transition[]): void;
  /** Takes back what was raised or cleared at or after `fromMs`; `stored` are the rows around it. */
  rewind(
    definition: WatchedDefinition,
    fromMs: number,
    stored: readonly Interval[],
    seenToMs: number,
  ): void;
  /** The rows of an alarm as this turn leaves them so far. */
  overlaid(alarm: string, stored: readonly Interval[]): Interval[];
  all(): AlarmChange[];
}

export function occurrenceChanges(): OccurrenceChanges {
  const changes = new Map<string, AlarmChange>();

  const of = (definition: WatchedDefinition, alarm: string): AlarmChange => {
    const known = changes.get(alarm);
    if (known !== undefined) return known;
    const fresh = { alarm, definition, rows: new Map(), old: undefined, seenToMs: -Infinity };
    changes.set(alarm, fresh);
    return fresh;
  };

  const overlaid = (alarm: string, stored: readonly Interval[]): Interval[] => {
    const rows = new Map<number, Interval>();
    for (const row of stored) if (row.alarm === alarm) rows.set(row.raisedAtMs, row);
    for (const [raisedAtMs, row] of changes.get(alarm)?.rows ?? []) {
      if (row === null) rows.delete(raisedAtMs);
      else rows.set(raisedAtMs, row);
    }
    return [...rows.values()].toSorted((a, b) => a.raisedAtMs - b.raisedAtMs);
  };

  return {
    apply(definition, transitions) {
      const { id, line, unit } = definition;
      for (const { level, priority, value, raisedAtMs, clearedAtMs } of transitions) {
        const alarm = alarmId(id, level);
        const { rows } = of(definition, alarm);
        if (clearedAtMs === null) {
          const place = { definition: id, level, line, unit };
          const what = { priority, value, isLate: false };
          rows.set(raisedAtMs, { alarm, raisedAtMs, clearedAtMs, ...place, ...what });
        } else if (clearedAtMs === raisedAtMs) {
          // It came and went in the same millisecond: nobody could have seen it.
          rows.set(raisedAtMs, null);
        } else {
          rows.set(raisedAtMs, { ...(rows.get(raisedAtMs) ?? { alarm, raisedAtMs }), clearedAtMs });
        }
      }
    },
    rewind(definition, fromMs, stored, seenToMs) {
      for (const { id: alarm } of definition.alarms) {
        const before = overlaid(alarm, stored);
        const change = of(definition, alarm);
        if (change.old === undefined) {
          change.old = stored.filter((row) => row.alarm === alarm);
          change.seenToMs = seenToMs;
        }
        for (const row of before) {
          if (row.raisedAtMs >= fromMs) change.rows.set(row.raisedAtMs, null);
          else if (row.clearedAtMs !== null && row.clearedAtMs >= fromMs) {
            change.rows.set(row.raisedAtMs, { ...row, clearedAtMs: null });
          }
        }
      }
    },
    overlaid,
    all: () => [...changes.values()].filter(({ rows }) => rows.size > 0),
  };
}

export function isWhole(row: OccurrenceRow | Interval): row is OccurrenceRow {
  return "definition" in row;
}
