import type { AlarmAction, AlarmState } from "@only-mes/protocols/console/alarms";
import type { AlarmFact, AlarmStand, ConditionInterval } from "../domain/alarms/alarmFold.ts";
import type { Transaction } from "./statement.ts";

export interface AlarmToFold {
  id: string;
  /** Where the fold begins. */
  start: AlarmStand;
  intervals: ConditionInterval[];
  facts: AlarmFact[];
  /** As the table says so far. */
  stored: AlarmStand;
}

/**
 * What the states of alarms follow from, from the last occurrence that was raised at or before
 * `fromMs` on: what was before it, its row remembers. An alarm without one begins at its beginning.
 */
export async function loadAlarmsToFold(
  tx: Transaction,
  alarms: readonly { id: string; fromMs: number }[],
): Promise<AlarmToFold[]> {
  // First the locks, so that what is read next is what whoever held them has left.
  await tx.query("SELECT FROM alarm WHERE id = ANY($1) ORDER BY id FOR UPDATE", [
    alarms.map(({ id }) => id),
  ]);
  const { rows } = await tx.query<{
    id: string;
    state: AlarmState;
    since: Date;
    shelved_until: Date | null;
    begin_at: Date | null;
    before_state: AlarmState | null;
    before_since: Date;
    before_until: Date | null;
  }>(
    `SELECT a.id, a.state, a.since, a.shelved_until, b.raised_at AS begin_at, b.before_state,
            coalesce(b.before_since, d.defined_at) AS before_since, b.before_until
       FROM unnest($1::text[], $2::timestamptz[]) AS w(id, from_ts)
       JOIN alarm a ON a.id = w.id
       LEFT JOIN LATERAL (
         SELECT raised_at, before_state, before_since, before_until FROM alarm_occurrence
          WHERE alarm = w.id AND raised_at < w.from_ts
          ORDER BY raised_at DESC LIMIT 1) b ON true
      CROSS JOIN LATERAL (
        SELECT min(valid_from) AS defined_at FROM alarm_definition WHERE id = a.definition) d
      ORDER BY a.id`,
    [alarms.map(({ id }) => id), alarms.map(({ fromMs }) => new Date(fromMs))],
  );
  const loaded = new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        start: {
          state: row.before_state ?? "normal",
          sinceMs: row.before_since.getTime(),
          shelvedUntilMs: row.before_until?.getTime() ?? null,
        },
        intervals: [] as ConditionInterval[],
        facts: [] as AlarmFact[],
        stored: {
          state: row.state,
          sinceMs: row.since.getTime(),
          shelvedUntilMs: row.shelved_until?.getTime() ?? null,
        },
      },
    ]),
  );
  const ids = rows.map(({ id }) => id);
  const begins = rows.map(({ begin_at }) => begin_at ?? "-infinity");
  for (const { alarm, ...interval } of await loadIntervals(tx, ids, begins)) {
    loaded.get(alarm)?.intervals.push(interval);
  }
  for (const { alarm, ...fact } of await loadFacts(tx, ids, begins)) {
    loaded.get(alarm)?.facts.push(fact);
  }
  return [...loaded.values()];
}

async function loadIntervals(
  tx: Transaction,
  ids: string[],
  begins: (Date | string)[],
): Promise<(ConditionInterval & { alarm: string })[]> {
  const { rows } = await tx.query<{ alarm: string; raised_at: Date; cleared_at: Date | null }>(
    `SELECT o.alarm, o.raised_at, o.cleared_at
       FROM unnest($1::text[], $2::timestamptz[]) AS w(id, from_ts)
       JOIN alarm_occurrence o ON o.alarm = w.id AND o.raised_at >= w.from_ts
      ORDER BY o.alarm, o.raised_at`,
    [ids, begins],
  );
  return rows.map(({ alarm, raised_at, cleared_at }) => ({
    alarm,
    raisedAtMs: raised_at.getTime(),
    clearedAtMs: cleared_at?.getTime() ?? null,
  }));
}

async function loadFacts(
  tx: Transaction,
  ids: string[],
  begins: (Date | string)[],
): Promise<(AlarmFact & { alarm: string })[]> {
  const { rows } = await tx.query<{
    alarm: string;
    id: string;
    action: AlarmAction;
    occurred_at: Date;
    actor: string;
    comment: string | null;
    until: Date | null;
  }>(
    `SELECT f.alarm, f.id, f.action, f.occurred_at, f.actor, f.comment, f.until
       FROM unnest($1::text[], $2::timestamptz[]) AS w(id, from_ts)
       JOIN alarm_fact f ON f.alarm = w.id AND f.occurred_at >= w.from_ts
      ORDER BY f.alarm, f.occurred_at, f.id`,
    [ids, begins],
  );
  return rows.map(({ occurred_at, until, ...row }) => ({
    ...row,
    occurredAtMs: occurred_at.getTime(),
    untilMs: until?.getTime() ?? null,
  }));
}
