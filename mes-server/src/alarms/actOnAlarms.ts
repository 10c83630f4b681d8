import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import type { AlarmAction, AlarmState } from "@only-mes/protocols/console/alarms";
import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { Change } from "../changes/carryOut.ts";
import { foldAlarm } from "../domain/alarms/alarmFold.ts";
import { isAccepted } from "../domain/alarms/alarmStates.ts";
import { insertAlarmFacts } from "../store/insertAlarmFacts.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { loadAlarmsToFold, type AlarmToFold } from "../store/loadAlarmsToFold.ts";
import { foldAlarms } from "./foldAlarms.ts";

export interface WantedAction {
  action: AlarmAction;
  comment: string | null;
  untilMs: number | null;
}

/** What became of an alarm: null if the action was taken. */
export type ActionOutcome = Map<string, { state: AlarmState } | null>;

const happened = {
  acknowledge: "alarm.acknowledged",
  shelve: "alarm.shelved",
  unshelve: "alarm.unshelved",
  suppress: "alarm.suppressed",
  unsuppress: "alarm.unsuppressed",
  removeFromService: "alarm.removedFromService",
  returnToService: "alarm.returnedToService",
} as const satisfies Record<AlarmAction, string>;

/**
 * Takes an action on alarms, each by where it stood when the action is said to have happened. An alarm
 * that does not take it there is left as it is, and answered with its state.
 */
export async function actOnAlarms(
  { tx, commandId, actor, occurredAtMs, nowMs }: Change,
  alarms: readonly string[],
  { action, comment, untilMs }: WantedAction,
): Promise<ActionOutcome> {
  // A clock that runs a little ahead must not put it after what happens next.
  const atMs = Math.min(occurredAtMs, nowMs);
  const wanted = alarms.map((id) => ({ id, fromMs: atMs }));
  const outcome: ActionOutcome = new Map();
  for (const alarm of await loadAlarmsToFold(tx, wanted)) {
    const state = stateAt(alarm, atMs, commandId);
    outcome.set(alarm.id, isAccepted(state, action) ? null : { state });
  }
  const taken = [...outcome].flatMap(([id, refused]) => (refused === null ? [id] : []));
  const fact = { id: commandId, action, occurredAtMs: atMs, actor, comment, untilMs };
  await insertAlarmFacts(tx, taken, fact, nowMs);
  const folded = await foldAlarms(
    tx,
    taken.map((id) => ({ id, fromMs: atMs })),
    nowMs,
  );
  await insertOutboxEvents(
    tx,
    folded.map(({ id, stand }): DomainEvent => ({
      kind: happened[action],
      equipment: unitOf(id),
      atMs,
      data: {
        alarm: id,
        state: stand.state,
        actor,
        ...(comment !== null && { comment }),
        ...(untilMs !== null && { until: new Date(untilMs).toISOString() }),
      },
    })),
  );
  return outcome;
}

/** Where the alarm stood just before a fact of this time and id. */
function stateAt({ start, intervals, facts }: AlarmToFold, atMs: number, id: string): AlarmState {
  const sofar = intervals
    .filter(({ raisedAtMs }) => raisedAtMs <= atMs)
    .map(({ raisedAtMs, clearedAtMs }) => ({
      raisedAtMs,
      clearedAtMs: clearedAtMs === null || clearedAtMs > atMs ? null : clearedAtMs,
    }));
  const before = facts.filter(
    (fact) => fact.occurredAtMs < atMs || (fact.occurredAtMs === atMs && fact.id < id),
  );
  return foldAlarm(start, sofar, before, atMs).stand.state;
}

/** The first two parts of an alarm's id. */
function unitOf(alarm: string): string {
  const line = lineOfUnit(alarm);
  const unit = alarm.slice(line.length + 1).split(".")[0] ?? "";
  return `${line}.${unit}`;
}
