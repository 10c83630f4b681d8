import type { SignalRole } from "@only-mes/protocols/plant/signal";
import type { Transaction } from "./statement.ts";

export interface AlarmSignal {
  key: number;
  id: string;
  unit: string;
  line: string;
  role: SignalRole;
}

/** Signals by their ids, and the machineState signals of units. */
export async function readAlarmSignals(
  db: Transaction,
  { ids, units }: { ids: readonly string[]; units: readonly string[] },
): Promise<AlarmSignal[]> {
  const { rows } = await db.query<AlarmSignal>(
    `SELECT s.key, s.id, s.unit, u.line, s.definition->>'role' AS role
       FROM signal s JOIN unit u ON u.id = s.unit
      WHERE s.id = ANY($1) OR (s.unit = ANY($2) AND s.definition->>'role' = 'machineState')
      ORDER BY s.key`,
    [ids, units],
  );
  return rows;
}

/** Those of the units that are known. */
export async function readKnownUnits(
  db: Transaction,
  units: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; line: string }>(
    "SELECT id, line FROM unit WHERE id = ANY($1)",
    [units],
  );
  return new Map(rows.map(({ id, line }) => [id, line]));
}
