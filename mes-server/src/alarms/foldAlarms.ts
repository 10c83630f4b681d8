import { foldAlarm, type AlarmStand, type FoldedAlarm } from "../domain/alarms/alarmFold.ts";
import { loadAlarmsToFold } from "../store/loadAlarmsToFold.ts";
import { saveFoldedAlarms } from "../store/saveFoldedAlarms.ts";
import type { Transaction } from "../store/statement.ts";

export type RefoldedAlarm = FoldedAlarm & { id: string; before: AlarmStand };

/**
 * Finds anew where alarms stand, after something of them has changed at or after `fromMs`: occurrences,
 * or what people did. In the transaction of that change.
 */
export async function foldAlarms(
  tx: Transaction,
  alarms: readonly { id: string; fromMs: number }[],
  nowMs: number,
): Promise<RefoldedAlarm[]> {
  if (alarms.length === 0) return [];
  const loaded = await loadAlarmsToFold(tx, alarms);
  const folded = loaded.map(({ id, start, intervals, facts, stored }) => ({
    id,
    before: stored,
    ...foldAlarm(start, intervals, facts, nowMs),
  }));
  await saveFoldedAlarms(tx, folded);
  return folded;
}
