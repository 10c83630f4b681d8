import type { AlarmLevel, AlarmPriority } from "@only-mes/protocols/console/alarms";
import type { ConditionRule, Reading } from "./conditionRules.ts";

/** The rules of a definition from a time on, until the next version; none once it is retired. */
export interface RuleVersion {
  fromMs: number;
  rules: readonly ConditionRule[];
}

/** Where one alarm's condition stands. */
interface ConditionState {
  /** Since when it is active; null while it is not. */
  raisedAtMs: number | null;
  /** Since when the readings say otherwise, while the delay runs. */
  otherwiseSinceMs: number | null;
}

/** Where the conditions of a definition stand: all that has to be kept from sample to sample. */
export interface DefinitionState {
  /** Begin of the version that rules; null before the first one. */
  ruledFromMs: number | null;
  held: Reading | null;
  /** What followed from silence alone up to here: an older reading puts it in doubt. */
  assumedToMs: number | null;
  levels: Readonly<Record<string, ConditionState>>;
}

export interface Transition {
  level: AlarmLevel | null;
  /** Clear: when the alarm had been raised. */
  raisedAtMs: number;
  clearedAtMs: number | null;
  priority: AlarmPriority;
  value: number | null;
}

export const nothingYet: DefinitionState = {
  ruledFromMs: null,
  held: null,
  assumedToMs: null,
  levels: {},
};

const idle: ConditionState = { raisedAtMs: null, otherwiseSinceMs: null };

/**
 * Folds readings in fold order: the one way from samples to alarms that come and go. A reading holds
 * until the next one; delays run in source time, so that an alarm is raised (or clears) exactly when its
 * delay ended, whenever that becomes known. `silentToMs`: no reading is to be expected before it.
 */
export function foldConditions(
  state: DefinitionState,
  versions: readonly RuleVersion[],
  readings: readonly Reading[],
  silentToMs: number,
): { state: DefinitionState; transitions: Transition[]; dueMs: number | undefined } {
  const fold = folding(state, versions);
  for (const reading of readings) {
    fold.passTo(reading.tsMs);
    fold.take(reading);
  }
  fold.assumeTo(silentToMs);
  return { state: fold.state(), transitions: fold.transitions, dueMs: fold.dueMs() };
}

function levelKey(level: AlarmLevel | null): string {
  return level ?? "";
}

function folding(before: DefinitionState, versions: readonly RuleVersion[]) {
  const levels = new Map(Object.entries(before.levels));
  const transitions: Transition[] = [];
  let { held, assumedToMs, ruledFromMs } = before;
  let rules = versions.find(({ fromMs }) => fromMs === ruledFromMs)?.rules ?? [];

  const set = (rule: ConditionRule, next: ConditionState): void => {
    levels.set(levelKey(rule.level), next);
  };
  const stateOf = (rule: ConditionRule): ConditionState => levels.get(levelKey(rule.level)) ?? idle;

  const turn = (rule: ConditionRule, raisedAtMs: number | null, atMs: number): void => {
    const { level, priority } = rule;
    const value = held?.value ?? null;
    if (raisedAtMs === null) {
      transitions.push({ level, priority, raisedAtMs: atMs, clearedAtMs: null, value });
      set(rule, { raisedAtMs: atMs, otherwiseSinceMs: null });
    } else {
      transitions.push({ level, priority, raisedAtMs, clearedAtMs: atMs, value });
      set(rule, idle);
    }
  };

  const dueOf = (rule: ConditionRule): number | undefined => {
    const { raisedAtMs, otherwiseSinceMs } = stateOf(rule);
    if (otherwiseSinceMs === null) return undefined;
    return otherwiseSinceMs + (raisedAtMs === null ? rule.onDelayMs : rule.offDelayMs);
  };

  /** Delays that have ended by then. */
  const mature = (toMs: number, notBeforeMs = -Infinity): number | undefined => {
    let last: number | undefined;
    for (const rule of rules) {
      const dueMs = dueOf(rule);
      if (dueMs === undefined || dueMs > toMs) continue;
      const atMs = Math.max(dueMs, notBeforeMs);
      turn(rule, stateOf(rule).raisedAtMs, atMs);
      last = Math.max(last ?? atMs, atMs);
    }
    return last;
  };

  const evaluate = (reading: Reading, previous: Reading | undefined): void => {
    for (const rule of rules) {
      const state = stateOf(rule);
      const isActive = state.raisedAtMs !== null;
      const holds = rule.holds(reading, isActive, previous);
      if (holds === undefined || holds === isActive) {
        if (state.otherwiseSinceMs !== null) set(rule, { ...state, otherwiseSinceMs: null });
        continue;
      }
      const otherwiseSinceMs = state.otherwiseSinceMs ?? reading.tsMs;
      set(rule, { ...state, otherwiseSinceMs });
      if (otherwiseSinceMs + (isActive ? rule.offDelayMs : rule.onDelayMs) <= reading.tsMs) {
        turn(rule, state.raisedAtMs, reading.tsMs);
      }
    }
  };

  /** A new version rules from its begin on, by the reading that holds then. */
  const change = ({ fromMs, rules: next }: RuleVersion): void => {
    mature(fromMs);
    const kept = new Set(next.map(({ level }) => levelKey(level)));
    for (const rule of rules) {
      if (kept.has(levelKey(rule.level))) continue;
      const { raisedAtMs } = stateOf(rule);
      if (raisedAtMs !== null) turn(rule, raisedAtMs, fromMs);
      levels.delete(levelKey(rule.level));
    }
    rules = next;
    ruledFromMs = fromMs;
    if (held !== null) evaluate({ ...held, tsMs: fromMs }, undefined);
    mature(fromMs, fromMs);
  };

  const changesTo = (toMs: number): RuleVersion[] =>
    versions.filter(({ fromMs }) => fromMs > (ruledFromMs ?? -Infinity) && fromMs <= toMs);

  return {
    transitions,
    passTo(toMs: number) {
      for (const version of changesTo(toMs)) change(version);
      mature(toMs);
    },
    take(reading: Reading) {
      const previous = held ?? undefined;
      held = reading;
      evaluate(reading, previous);
    },
    /** As `passTo`, but a reading may still come from before. */
    assumeTo(toMs: number) {
      const assume = (atMs: number | undefined): void => {
        if (atMs !== undefined) assumedToMs = Math.max(assumedToMs ?? atMs, atMs);
      };
      for (const version of changesTo(toMs)) {
        change(version);
        assume(version.fromMs);
      }
      assume(mature(toMs));
    },
    dueMs(): number | undefined {
      const dues = rules.flatMap((rule) => dueOf(rule) ?? []);
      const nextVersion = versions.find(({ fromMs }) => fromMs > (ruledFromMs ?? -Infinity));
      if (nextVersion !== undefined) dues.push(nextVersion.fromMs);
      return dues.length === 0 ? undefined : Math.min(...dues);
    },
    state: (): DefinitionState => ({
      ruledFromMs,
      held,
      assumedToMs,
      levels: Object.fromEntries(levels),
    }),
  };
}

/**
 * Where the conditions stood before any reading of `fromMs` or later: from the occurrences that were
 * raised before it, and from the readings of the longest delay (and two more) before it. What is
 * pending began within its delay, or it would have ended in an occurrence.
 */
export function conditionsBefore(
  versions: readonly RuleVersion[],
  fromMs: number,
  readings: readonly Reading[],
  occurrences: readonly {
    level: AlarmLevel | null;
    raisedAtMs: number;
    clearedAtMs: number | null;
  }[],
): DefinitionState {
  const before = versions.filter((version) => version.fromMs < fromMs);
  const ruling = before.at(-1);
  const held = readings.at(-1) ?? null;
  const empty = { ...nothingYet, held };
  if (ruling === undefined) return empty;
  const levels = ruling.rules.map((rule): [string, ConditionState] => {
    const own = occurrences.filter(
      ({ level, raisedAtMs }) => level === rule.level && raisedAtMs < fromMs,
    );
    const last = own.toSorted((a, b) => a.raisedAtMs - b.raisedAtMs).at(-1);
    const isActive =
      last !== undefined && (last.clearedAtMs === null || last.clearedAtMs >= fromMs);
    const raisedAtMs = isActive ? last.raisedAtMs : null;
    const changedMs =
      last === undefined ? -Infinity : isActive ? last.raisedAtMs : last.clearedAtMs;
    const otherwiseSinceMs = pendingSince(before, rule.level, readings, {
      isActive,
      sinceMs: changedMs ?? -Infinity,
    });
    return [levelKey(rule.level), { raisedAtMs, otherwiseSinceMs }];
  });
  return { ...empty, ruledFromMs: ruling.fromMs, levels: Object.fromEntries(levels) };
}

/** Begin of the run of readings, up to the last one, that say otherwise than the condition stands. */
function pendingSince(
  versions: readonly RuleVersion[],
  level: AlarmLevel | null,
  readings: readonly Reading[],
  { isActive, sinceMs }: { isActive: boolean; sinceMs: number },
): number | null {
  let pendingMs: number | null = null;
  const look = (reading: Reading, previous: Reading | undefined, rule: ConditionRule): void => {
    if (reading.tsMs < sinceMs) return;
    const holds = rule.holds(reading, isActive, previous);
    pendingMs = holds === undefined || holds === isActive ? null : (pendingMs ?? reading.tsMs);
  };
  const steps = [
    ...readings.map((reading, index) => ({ reading, previous: readings[index - 1], rank: 1 })),
    ...versions.flatMap(({ fromMs }) => {
      const held = readings.findLast(({ tsMs }) => tsMs < fromMs);
      return held === undefined
        ? []
        : [{ reading: { ...held, tsMs: fromMs }, previous: undefined, rank: 0 }];
    }),
  ].toSorted((a, b) => a.reading.tsMs - b.reading.tsMs || a.rank - b.rank);
  for (const { reading, previous } of steps) {
    const version = versions.findLast(({ fromMs }) => fromMs <= reading.tsMs);
    const rule = version?.rules.find((one) => one.level === level);
    if (rule === undefined) pendingMs = null;
    else look(reading, previous, rule);
  }
  return pendingMs;
}
