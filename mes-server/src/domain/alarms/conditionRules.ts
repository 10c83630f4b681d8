import type {
  AlarmCondition,
  AlarmLevel,
  AlarmPriority,
  AlarmSettings,
} from "@only-mes/protocols/console/alarms";
import { alarmLevels } from "@only-mes/protocols/console/alarms";
import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import { stateOfCode } from "../production/stateFold.ts";

/** What a signal showed at a time; `value` is null if it could not be read. */
export interface Reading {
  tsMs: number;
  value: number | null;
}

/** One alarm of a definition: whether its condition holds, by one reading. */
export interface ConditionRule {
  level: AlarmLevel | null;
  priority: AlarmPriority;
  onDelayMs: number;
  offDelayMs: number;
  /**
   * `undefined`: the reading does not say. `isActive` decides which side of the deadband counts;
   * `previous` is the reading before, if both could be read.
   */
  holds(reading: Reading, isActive: boolean, previous: Reading | undefined): boolean | undefined;
}

export type StateCodes = Readonly<Record<string, PackmlState>>;

/** The alarms that a definition stands for: one for each limit, or the one of its condition. */
export function conditionRules(settings: AlarmSettings, codes: StateCodes): ConditionRule[] {
  const { condition, onDelayMs, offDelayMs, priority } = settings;
  const delays = { onDelayMs, offDelayMs };
  if (condition.kind !== "limits") {
    return [{ level: null, priority, ...delays, holds: holdsOf(condition, codes) }];
  }
  return alarmLevels.flatMap((level) => {
    const limit = condition[level];
    if (limit === undefined) return [];
    const holds = beyond(level, limit.at, condition.deadband);
    return [{ level, priority: limit.priority ?? priority, ...delays, holds }];
  });
}

/** Levels of a definition, `null` for the one alarm of a condition without limits. */
export function levelsOf({ condition }: Pick<AlarmSettings, "condition">): (AlarmLevel | null)[] {
  if (condition.kind !== "limits") return [null];
  return alarmLevels.filter((level) => condition[level] !== undefined);
}

/** `<definition>` or `<definition>.<level>` */
export function alarmId(definition: string, level: AlarmLevel | null): string {
  return level === null ? definition : `${definition}.${level}`;
}

/** What is wrong with limits that contradict each other; `undefined` if nothing is. */
export function limitProblem(condition: AlarmCondition): string | undefined {
  if (condition.kind !== "limits") return undefined;
  const { deadband } = condition;
  const given = (["lolo", "lo", "hi", "hihi"] as const).flatMap((level) => {
    const limit = condition[level];
    return limit === undefined ? [] : [{ level, at: limit.at }];
  });
  if (given.length === 0) return "No limit is given.";
  for (const [index, low] of given.entries()) {
    const high = given[index + 1];
    if (high === undefined) break;
    if (low.at >= high.at) return `${low.level} ${low.at} is not below ${high.level} ${high.at}.`;
    const isInside = low.level === "lo" && high.level === "hi";
    if (isInside && low.at + deadband >= high.at - deadband) {
      return `The deadband ${deadband} leaves nothing between ${low.level} ${low.at} and ${high.level} ${high.at}.`;
    }
  }
  return undefined;
}

type Holds = ConditionRule["holds"];

function beyond(level: AlarmLevel, at: number, deadband: number): Holds {
  const isHigh = level === "hi" || level === "hihi";
  return ({ value }, isActive) => {
    if (value === null) return undefined;
    const limit = isActive ? (isHigh ? at - deadband : at + deadband) : at;
    return isHigh ? value >= limit : value <= limit;
  };
}

function holdsOf(condition: Exclude<AlarmCondition, { kind: "limits" }>, codes: StateCodes): Holds {
  switch (condition.kind) {
    case "status":
      return ({ value }) => (value === null ? undefined : (value !== 0) === condition.when);
    case "code": {
      const wanted = new Set(condition.codes);
      return ({ value }) => (value === null ? undefined : wanted.has(value));
    }
    case "state": {
      const wanted = new Set<string>(condition.states);
      return ({ value }) =>
        wanted.has((value === null ? undefined : stateOfCode(value, codes)) ?? "Unknown");
    }
    case "rate":
      return rate(condition.perMinute, condition.direction);
    case "unreadable":
      return ({ value }) => value === null;
  }
}

const minuteMs = 60_000;

function rate(perMinute: number, direction: "rising" | "falling" | "either"): Holds {
  return ({ tsMs, value }, _isActive, previous) => {
    if (value === null || previous?.value == null || tsMs <= previous.tsMs) return undefined;
    const change = ((value - previous.value) * minuteMs) / (tsMs - previous.tsMs);
    if (direction === "rising") return change >= perMinute;
    if (direction === "falling") return change <= -perMinute;
    return Math.abs(change) >= perMinute;
  };
}
