import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertCalls, type NewCall } from "../store/insertCalls.ts";
import type { WatchTurn } from "../watch/watcher.ts";
import type { AlarmNews } from "../alarms/writeAlarmChanges.ts";
import { eventOfCall } from "./callWords.ts";

/** Raises the calls that alarms ask for: one an occurrence, and none while the alarm's last one is open. */
export async function raiseCallsOfAlarms(
  turn: WatchTurn,
  news: readonly AlarmNews[],
): Promise<void> {
  const { tx, nowMs } = turn;
  const wanted = news.flatMap(({ alarm, change, raisedAtMs, name }): NewCall[] => {
    const { line, unit, unitName, settings } = change.definition;
    if (settings.andon === undefined) return [];
    return [
      {
        id: `alarm:${alarm}@${raisedAtMs}`,
        line,
        unit,
        kind: settings.andon,
        note: `${unitName}: ${name}`,
        raisedAtMs,
        raisedBy: `alarm:${alarm}`.slice(0, 64),
        alarm,
      },
    ];
  });
  const raised = await insertCalls(tx, wanted, nowMs);
  await insertOutboxEvents(
    tx,
    raised.map(({ id, line, unit, kind, note, raisedAtMs, alarm }) => ({
      kind: "andonCall.raised",
      equipment: unit ?? line,
      atMs: raisedAtMs,
      data: { call: id, kind, note, alarm },
    })),
  );
  for (const call of raised) {
    turn.tell(call.line, eventOfCall(call, "raised", call.raisedAtMs, nameOf(call.note)));
  }
}

function nameOf(note: string): string {
  return note.split(":")[0] ?? note;
}
