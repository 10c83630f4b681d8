import type { AlarmLevel, AlarmSettings } from "@only-mes/protocols/console/alarms";
import type { RuleVersion } from "../domain/alarms/conditionFold.ts";
import { alarmId, conditionRules } from "../domain/alarms/conditionRules.ts";
import { loadAlarmRules, type AlarmVersionRow } from "../store/loadAlarmRules.ts";
import type { Transaction } from "../store/statement.ts";

/** A definition as the watch evaluates it. */
export interface WatchedDefinition {
  id: string;
  line: string;
  unit: string;
  unitName: string;
  versions: readonly RuleVersion[];
  /** Of the newest version. */
  settings: AlarmSettings;
  /** Every alarm that one of the versions stands for. */
  alarms: readonly { id: string; level: AlarmLevel | null }[];
  /** The longest delay of any version. */
  delayMsMax: number;
}

export type AlarmRules = ReadonlyMap<number, readonly WatchedDefinition[]>;

/** Definitions by the signal that they watch. */
export async function readAlarmRules(tx: Transaction): Promise<AlarmRules> {
  const rows = await loadAlarmRules(tx);
  const bySignal = new Map<number, WatchedDefinition[]>();
  for (const versions of Map.groupBy(rows, ({ id }) => id).values()) {
    const definition = definitionOf(versions);
    const [first] = versions;
    if (definition === undefined || first === undefined) continue;
    const of = bySignal.get(first.signal);
    if (of === undefined) bySignal.set(first.signal, [definition]);
    else of.push(definition);
  }
  return bySignal;
}

function definitionOf(rows: readonly AlarmVersionRow[]): WatchedDefinition | undefined {
  const newest = rows.at(-1);
  if (newest === undefined) return undefined;
  const { id, line, unit, unitName, settings } = newest;
  // Of versions that begin at the same time, the last one rules.
  const ruling = rows.filter(({ fromMs }, index) => rows[index + 1]?.fromMs !== fromMs);
  const versions = ruling.map(({ fromMs, isRetired, settings: of, codes }) => ({
    fromMs,
    rules: isRetired ? [] : conditionRules(of, codes),
  }));
  const levels = new Set(versions.flatMap(({ rules }) => rules.map(({ level }) => level)));
  return {
    id,
    line,
    unit,
    unitName,
    versions,
    settings,
    alarms: [...levels].map((level) => ({ id: alarmId(id, level), level })),
    delayMsMax: Math.max(
      0,
      ...rows.flatMap((row) => [row.settings.onDelayMs, row.settings.offDelayMs]),
    ),
  };
}
