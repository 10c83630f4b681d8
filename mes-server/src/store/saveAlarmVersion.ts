import type { AlarmSettings } from "@only-mes/protocols/console/alarms";
import { alarmId, levelsOf } from "../domain/alarms/conditionRules.ts";
import type { Transaction } from "./statement.ts";
import { takeWatchList, watchSignals } from "./watchSignals.ts";

export interface NewAlarmVersion {
  id: string;
  line: string;
  unit: string;
  signal: number;
  settings: AlarmSettings;
  isRetired: boolean;
  validFromMs: number;
}

/**
 * The next version of an alarm definition; its signal is watched with it from its begin on. Answers its
 * number.
 */
export async function saveAlarmVersion(tx: Transaction, version: NewAlarmVersion): Promise<number> {
  const [saved] = await saveAlarmVersions(tx, [version]);
  return saved ?? 1;
}

export async function saveAlarmVersions(
  tx: Transaction,
  versions: readonly NewAlarmVersion[],
): Promise<number[]> {
  if (versions.length === 0) return [];
  await takeWatchList(tx);
  const { rows } = await tx.query<{ id: string; version: number }>(
    `INSERT INTO alarm_definition (id, version, valid_from, line, unit, signal, settings,
                                   is_retired, is_newest)
     SELECT n.id, 1 + coalesce((SELECT max(version) FROM alarm_definition WHERE id = n.id), 0),
            n.valid_from, n.line, n.unit, n.signal, n.settings::jsonb, n.is_retired, false
       FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::int[], $6::text[],
                   $7::boolean[])
         AS n(id, valid_from, line, unit, signal, settings, is_retired)
     RETURNING id, version`,
    [
      versions.map(({ id }) => id),
      versions.map(({ validFromMs }) => new Date(validFromMs)),
      versions.map(({ line }) => line),
      versions.map(({ unit }) => unit),
      versions.map(({ signal }) => signal),
      versions.map(({ settings }) => JSON.stringify(settings)),
      versions.map(({ isRetired }) => isRetired),
    ],
  );
  await markNewest(
    tx,
    versions.map(({ id }) => id),
  );
  await putAlarms(tx, versions);
  await watchSignals(
    tx,
    "alarms",
    versions.map(({ signal, validFromMs }) => ({ signal, fromMs: validFromMs })),
  );
  const numbers = new Map(rows.map(({ id, version }) => [id, version]));
  return versions.map(({ id }) => numbers.get(id) ?? 1);
}

/** Of versions that were said out of order, the one that rules last is the newest. */
async function markNewest(tx: Transaction, ids: readonly string[]): Promise<void> {
  const newest = `(version = (SELECT version FROM alarm_definition n WHERE n.id = d.id
                               ORDER BY valid_from DESC, version DESC LIMIT 1))`;
  for (const isNewest of [false, true]) {
    await tx.query(
      `UPDATE alarm_definition d SET is_newest = $2
        WHERE id = ANY($1) AND is_newest <> $2 AND ${newest} = $2`,
      [ids, isNewest],
    );
  }
}

/** A row for each alarm that a definition stands for; those of limits that are gone are retired. */
async function putAlarms(tx: Transaction, versions: readonly NewAlarmVersion[]): Promise<void> {
  const alarms = versions.flatMap(({ id, line, unit, settings, isRetired, validFromMs }) =>
    levelsOf(settings).map((level) => {
      const { condition } = settings;
      const limit = condition.kind === "limits" && level !== null ? condition[level] : undefined;
      const priority = limit?.priority ?? settings.priority;
      const alarm = alarmId(id, level);
      return { alarm, id, level, line, unit, priority, isRetired, sinceMs: validFromMs };
    }),
  );
  await tx.query(
    `UPDATE alarm SET is_retired = true
      WHERE definition = ANY($1) AND NOT is_retired AND id <> ALL($2)`,
    [versions.map(({ id }) => id), alarms.map(({ alarm }) => alarm)],
  );
  await tx.query(
    `INSERT INTO alarm (id, definition, level, line, unit, priority, is_retired, state, since, is_active)
     SELECT a.id, a.definition, a.level, a.line, a.unit, a.priority, a.is_retired, 'normal', a.since, false
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                   $7::boolean[], $8::timestamptz[])
         AS a(id, definition, level, line, unit, priority, is_retired, since)
     ON CONFLICT (id) DO UPDATE
       SET priority = excluded.priority, is_retired = excluded.is_retired`,
    [
      alarms.map(({ alarm }) => alarm),
      alarms.map(({ id }) => id),
      alarms.map(({ level }) => level),
      alarms.map(({ line }) => line),
      alarms.map(({ unit }) => unit),
      alarms.map(({ priority }) => priority),
      alarms.map(({ isRetired }) => isRetired),
      alarms.map(({ sinceMs }) => new Date(sinceMs)),
    ],
  );
}
