import type { AlarmLevel, AlarmPriority, AlarmState } from "@only-mes/protocols/console/alarms";
import type { Pool } from "pg";

export interface LineAlarm {
  line: string;
  /** null: the line has none. */
  id: string | null;
  name: string;
  level: AlarmLevel | null;
  priority: AlarmPriority;
  state: AlarmState;
  sinceMs: number;
}

/** Alarms that want somebody's eye, of all lines or of some; one row without an alarm for a line of none. */
export async function readAlarmsOfLines(
  pool: Pool,
  lines: readonly string[] | undefined,
): Promise<LineAlarm[]> {
  const { rows } = await pool.query<Omit<LineAlarm, "sinceMs"> & { since: Date | null }>({
    name: "readAlarmsOfLines",
    text: `SELECT l.id AS line, a.id, d.settings->>'name' AS name, a.level, a.priority, a.state, a.since
             FROM line l
             LEFT JOIN alarm a
               ON a.line = l.id AND a.state IN ('unacknowledged', 'acknowledged', 'returnedUnacknowledged')
             LEFT JOIN alarm_definition d ON d.id = a.definition AND d.is_newest
            WHERE $1::text[] IS NULL OR l.id = ANY ($1)
            ORDER BY l.id, a.since, a.id`,
    values: [lines ?? null],
  });
  return rows.map(({ since, ...row }) => ({ ...row, sinceMs: since?.getTime() ?? 0 }));
}
