import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import { raiseCallsOfAlarms } from "../andon/raiseCallsOfAlarms.ts";
import { isHidden } from "../domain/alarms/alarmFold.ts";
import { floodsOf } from "../domain/alarms/floods.ts";
import { endOccurrences, replaceOccurrences } from "../store/alarmOccurrences.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { readShownRaises } from "../store/readShownRaises.ts";
import { readShelvedUntil } from "../store/readShelvedUntil.ts";
import type { WatchTurn } from "../watch/watcher.ts";
import { alarmName, eventOfClear, eventOfFlood, eventOfRaise } from "./alarmWords.ts";
import { foldAlarms, type RefoldedAlarm } from "./foldAlarms.ts";
import { isWhole, type AlarmChange } from "./occurrenceChanges.ts";

/** An alarm that operators are told of now. */
export interface AlarmNews {
  alarm: string;
  change: AlarmChange;
  raisedAtMs: number;
  name: string;
}

/** Writes what a turn of the watch has found: occurrences, where the alarms stand, and who is told. */
export async function writeAlarmChanges(
  turn: WatchTurn,
  changes: readonly AlarmChange[],
): Promise<void> {
  const { tx, nowMs } = turn;
  const expired = await readShelvedUntil(tx, nowMs);
  if (changes.length === 0 && expired.length === 0) return;
  const rows = changes.flatMap((change) =>
    [...change.rows].map(([raisedAtMs, row]) => ({ change, raisedAtMs, row })),
  );
  const whole = rows.flatMap(({ change, row }) =>
    row !== null && isWhole(row) ? [{ ...row, isLate: isLate(change, row) }] : [],
  );
  const ends = rows.flatMap(({ row }) => (row === null || isWhole(row) ? [] : [row]));
  const gone = rows.flatMap(({ change: { alarm }, raisedAtMs, row }) =>
    row === null ? [{ alarm, raisedAtMs }] : [],
  );
  await endOccurrences(
    tx,
    ends.filter(({ clearedAtMs }) => clearedAtMs !== null),
  );
  await replaceOccurrences(tx, gone, whole, nowMs);
  await endOccurrences(
    tx,
    ends.filter(({ clearedAtMs }) => clearedAtMs === null),
  );
  const folded = await foldAlarms(
    tx,
    [
      ...changes.map(({ alarm, rows }) => ({ id: alarm, fromMs: Math.min(...rows.keys()) })),
      ...expired
        .filter(({ id }) => !changes.some(({ alarm }) => alarm === id))
        .map(({ id, untilMs }) => ({ id, fromMs: untilMs })),
    ],
    nowMs,
  );
  const news = changes.flatMap((change) => newsOf(change, folded));
  await insertOutboxEvents(tx, [
    ...changes.flatMap((change) => eventsOf(change, news)),
    ...folded.filter(({ id }) => expired.some((one) => one.id === id)).flatMap(eventsOfExpiry),
  ]);
  tellConsoles(turn, changes, news);
  await tellFloods(turn, news);
  await raiseCallsOfAlarms(turn, news);
}

/** Known only after it was over, and after what followed it. */
function isLate(
  { seenToMs, old }: AlarmChange,
  { raisedAtMs, clearedAtMs }: { raisedAtMs: number; clearedAtMs: number | null },
): boolean {
  if (old === undefined || clearedAtMs === null || raisedAtMs > seenToMs) return false;
  return !old.some((before) => before.raisedAtMs === raisedAtMs);
}

/**
 * Raises that operators did not know of: not what a rewind only found again or moved, not what came
 * late, and nothing while the alarm is hidden.
 */
function newsOf(change: AlarmChange, folded: readonly RefoldedAlarm[]): AlarmNews[] {
  const { alarm, definition, old, rows } = change;
  const occurrences = folded.find(({ id }) => id === alarm)?.occurrences ?? [];
  const wasOpen = old?.some(({ clearedAtMs }) => clearedAtMs === null) === true;
  return [...rows.values()].flatMap((row) => {
    if (row === null || !isWhole(row) || isLate(change, row)) return [];
    const { raisedAtMs, clearedAtMs, level } = row;
    if (old?.some((before) => before.raisedAtMs === raisedAtMs) === true) return [];
    if (wasOpen && clearedAtMs === null) return [];
    const before = occurrences.find((one) => one.raisedAtMs === raisedAtMs)?.before;
    if (before === undefined || isHidden(before.state)) return [];
    const name = alarmName(definition.settings.name, level);
    return [{ alarm, change, raisedAtMs, name }];
  });
}

function eventsOf(change: AlarmChange, news: readonly AlarmNews[]): DomainEvent[] {
  const { alarm, definition, rows, old } = change;
  const equipment = definition.unit;
  const events = [...rows].flatMap(([raisedAtMs, row]): DomainEvent[] => {
    if (row === null) return [];
    const { clearedAtMs } = row;
    const isNews = news.some((one) => one.alarm === alarm && one.raisedAtMs === raisedAtMs);
    const raised: DomainEvent[] = [];
    if (isNews && isWhole(row)) {
      const { priority, value } = row;
      const name = alarmName(definition.settings.name, row.level);
      const data = { alarm, name, priority, value };
      raised.push({ kind: "alarm.raised", equipment, atMs: raisedAtMs, data });
    }
    const isUntold = !isNews && (isWhole(row) || old !== undefined);
    if (clearedAtMs === null || isUntold) return raised;
    const data = { alarm, raisedAt: new Date(raisedAtMs).toISOString() };
    return [...raised, { kind: "alarm.cleared", equipment, atMs: clearedAtMs, data }];
  });
  if (old === undefined || !isCorrected(change)) return events;
  const fromMs = Math.min(...rows.keys());
  const recalculated = { alarm, from: new Date(fromMs).toISOString() };
  return [...events, { kind: "alarm.recalculated", equipment, atMs: fromMs, data: recalculated }];
}

/** A rewind has led to other occurrences than before, not only to further ones. */
function isCorrected({ old, rows, seenToMs }: AlarmChange): boolean {
  return [...rows].some(([raisedAtMs, row]) => {
    const before = old?.find((one) => one.raisedAtMs === raisedAtMs);
    if (before === undefined) return row !== null && raisedAtMs <= seenToMs;
    if (row === null) return true;
    return before.clearedAtMs !== row.clearedAtMs && (before.clearedAtMs ?? seenToMs) <= seenToMs;
  });
}

function eventsOfExpiry({ id, stand, before }: RefoldedAlarm): DomainEvent[] {
  if (before.state !== "shelved" || stand.state === "shelved") return [];
  const equipment = id.split(".").slice(0, 2).join(".");
  const data = { alarm: id, state: stand.state };
  return [{ kind: "alarm.unshelved", equipment, atMs: before.shelvedUntilMs ?? 0, data }];
}

function tellConsoles(
  turn: WatchTurn,
  changes: readonly AlarmChange[],
  news: readonly AlarmNews[],
): void {
  for (const { alarm, change, raisedAtMs, name } of news) {
    const { line, unit, unitName } = change.definition;
    turn.tell(line, eventOfRaise({ alarm, unit, unitName, name }, raisedAtMs));
  }
  for (const { alarm, definition, rows, old } of changes) {
    // What a rewind has corrected is seen in the list, it is nothing that happens now.
    if (old !== undefined) continue;
    const { line, unit, unitName, settings, alarms } = definition;
    const level = alarms.find(({ id }) => id === alarm)?.level ?? null;
    const name = alarmName(settings.name, level);
    for (const row of rows.values()) {
      if (row === null || row.clearedAtMs === null) continue;
      turn.tell(line, eventOfClear({ alarm, unit, unitName, name }, row.clearedAtMs));
    }
  }
}

const floodLookBackMs = 86_400_000;

/** A flood that began with one of these raises. */
async function tellFloods(turn: WatchTurn, news: readonly AlarmNews[]): Promise<void> {
  const byLine = Map.groupBy(news, ({ change }) => change.definition.line);
  for (const [line, of] of byLine) {
    const fromMs = turn.nowMs - floodLookBackMs;
    const raises = await readShownRaises(turn.tx, { line, fromMs });
    const begun = floodsOf(raises, turn.nowMs).filter(({ fromMs: beginMs }) =>
      of.some(({ raisedAtMs }) => raisedAtMs === beginMs),
    );
    for (const { fromMs: atMs, alarms } of begun) {
      turn.tell(line, eventOfFlood(line, atMs));
      await insertOutboxEvents(turn.tx, [
        { kind: "alarm.floodBegan", equipment: line, atMs, data: { alarms } },
      ]);
    }
  }
}
