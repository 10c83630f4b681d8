import type { AlarmAction, AlarmState } from "@only-mes/protocols/console/alarms";
import { alarmTransitions, isAccepted, type AlarmEvent } from "./alarmStates.ts";

/** When the condition of an alarm held: from the samples alone. */
export interface ConditionInterval {
  raisedAtMs: number;
  clearedAtMs: number | null;
}

/** What a person, or another system, did to an alarm; only ever added. */
export interface AlarmFact {
  id: string;
  action: AlarmAction;
  occurredAtMs: number;
  actor: string;
  comment: string | null;
  /** End of a shelving. */
  untilMs: number | null;
}

export interface AlarmStand {
  state: AlarmState;
  sinceMs: number;
  shelvedUntilMs: number | null;
}

interface FoldedOccurrence extends ConditionInterval {
  /** Where the alarm stood before this occurrence: a fold may begin here. */
  before: AlarmStand;
  acknowledged: { atMs: number; by: string; comment: string | null } | null;
}

export interface FoldedAlarm {
  occurrences: FoldedOccurrence[];
  stand: AlarmStand;
}

interface Step {
  atMs: number;
  /** At the same time: what the samples say, then the end of a shelving, then people, by id. */
  rank: number;
  id: string;
  event: AlarmEvent;
  fact?: AlarmFact;
  occurrence?: FoldedOccurrence;
}

/**
 * The state of an alarm from its occurrences and from what people did, in order of time: commands that
 * come late, or twice, or in another order end alike. What changes nothing where it stands is passed over.
 */
export function foldAlarm(
  start: AlarmStand,
  intervals: readonly ConditionInterval[],
  facts: readonly AlarmFact[],
  nowMs: number,
): FoldedAlarm {
  const occurrences = intervals.map((interval): FoldedOccurrence => ({
    ...interval,
    before: start,
    acknowledged: null,
  }));
  let stand = start;
  let isActive = false;
  let latest: FoldedOccurrence | undefined;

  const enter = (state: AlarmState, atMs: number, untilMs: number | null): void => {
    const shelvedUntilMs = state === "shelved" ? (untilMs ?? stand.shelvedUntilMs) : null;
    stand = { state, sinceMs: state === stand.state ? stand.sinceMs : atMs, shelvedUntilMs };
  };
  const apply = (event: AlarmEvent, atMs: number, untilMs: number | null = null): void => {
    const wasHidden = isHidden(stand.state);
    enter(alarmTransitions[stand.state][event], atMs, untilMs);
    if (wasHidden && stand.state === "normal" && isActive) {
      enter(alarmTransitions.normal.raise, atMs, null);
    }
  };
  const expireTo = (toMs: number): void => {
    const { state, shelvedUntilMs } = stand;
    if (state === "shelved" && shelvedUntilMs !== null && shelvedUntilMs <= toMs) {
      apply("unshelve", shelvedUntilMs);
    }
  };
  const take = ({ atMs, event, fact, occurrence }: Step): void => {
    if (event === "raise" && occurrence !== undefined) {
      occurrence.before = stand;
      latest = occurrence;
      isActive = true;
    } else if (event === "clear") isActive = false;
    if (fact !== undefined && event === "acknowledge" && isAccepted(stand.state, "acknowledge")) {
      const { actor: by, comment } = fact;
      if (latest !== undefined) latest.acknowledged = { atMs, by, comment };
    }
    apply(event, atMs, fact?.untilMs ?? null);
  };

  for (const step of steps(occurrences, facts, nowMs)) {
    // Of the same time, the samples come first.
    expireTo(step.fact === undefined ? step.atMs - 1 : step.atMs);
    take(step);
  }
  expireTo(nowMs);
  return { occurrences, stand };
}

export function isHidden(state: AlarmState): boolean {
  return state === "shelved" || state === "suppressedByDesign" || state === "outOfService";
}

function steps(
  occurrences: readonly FoldedOccurrence[],
  facts: readonly AlarmFact[],
  nowMs: number,
): Step[] {
  const conditions = occurrences.flatMap((occurrence): Step[] => {
    const { raisedAtMs, clearedAtMs } = occurrence;
    const raise: Step = { atMs: raisedAtMs, rank: 1, id: "", event: "raise", occurrence };
    if (clearedAtMs === null) return [raise];
    return [raise, { atMs: clearedAtMs, rank: 0, id: "", event: "clear" }];
  });
  const deeds = facts.map((fact): Step => {
    const { id, action: event, occurredAtMs: atMs } = fact;
    return { atMs, rank: 2, id, event, fact };
  });
  return [...conditions, ...deeds]
    .filter(({ atMs, rank }) => rank < 2 || atMs <= nowMs)
    .sort((a, b) => a.atMs - b.atMs || a.rank - b.rank || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
