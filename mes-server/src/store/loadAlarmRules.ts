import type { AlarmSettings } from "@only-mes/protocols/console/alarms";
import type { StateCodes } from "../domain/alarms/conditionRules.ts";
import type { Transaction } from "./statement.ts";

/** One version of a definition, with what the watch must know of its signal. */
export interface AlarmVersionRow {
  id: string;
  line: string;
  unit: string;
  unitName: string;
  signal: number;
  fromMs: number;
  settings: AlarmSettings;
  isRetired: boolean;
  codes: StateCodes;
}

/** Every version of every definition, in the order in which they rule. */
export async function loadAlarmRules(tx: Transaction): Promise<AlarmVersionRow[]> {
  const { rows } = await tx.query<{
    id: string;
    line: string;
    unit: string;
    unit_name: string;
    signal: number;
    valid_from: Date;
    settings: AlarmSettings;
    is_retired: boolean;
    codes: StateCodes | null;
  }>(
    `SELECT d.id, d.line, d.unit, u.name AS unit_name, d.signal, d.valid_from, d.settings,
            d.is_retired, s.definition->'states' AS codes
       FROM alarm_definition d
       JOIN signal s ON s.key = d.signal
       JOIN unit u ON u.id = d.unit
      ORDER BY d.id, d.valid_from, d.version`,
  );
  return rows.map((row) => ({
    id: row.id,
    line: row.line,
    unit: row.unit,
    unitName: row.unit_name,
    signal: row.signal,
    fromMs: row.valid_from.getTime(),
    settings: row.settings,
    isRetired: row.is_retired,
    codes: row.codes ?? {},
  }));
}
