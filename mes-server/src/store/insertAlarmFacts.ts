import type { AlarmFact } from "../domain/alarms/alarmFold.ts";
import type { Transaction } from "./statement.ts";

export async function insertAlarmFacts(
  tx: Transaction,
  alarms: readonly string[],
  { id, action, occurredAtMs, actor, comment, untilMs }: AlarmFact,
  knownAtMs: number,
): Promise<void> {
  if (alarms.length === 0) return;
  await tx.query(
    `INSERT INTO alarm_fact (id, alarm, action, occurred_at, known_at, actor, comment, until)
     SELECT $1, alarm, $3, $4, $5, $6, $7, $8 FROM unnest($2::text[]) AS a(alarm)`,
    [
      id,
      alarms,
      action,
      new Date(occurredAtMs),
      new Date(knownAtMs),
      actor,
      comment,
      untilMs === null ? null : new Date(untilMs),
    ],
  );
}
