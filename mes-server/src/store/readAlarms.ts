import type {
  AlarmLevel,
  AlarmPriority,
  AlarmSettings,
  AlarmState,
} from "@only-mes/protocols/console/alarms";
import type { Transaction } from "./statement.ts";

export interface AlarmRow {
  id: string;
  definition: string;
  level: AlarmLevel | null;
  line: string;
  unit: string;
  unitName: string;
  priority: AlarmPriority;
  state: AlarmState;
  sinceMs: number;
  isActive: boolean;
  raisedAtMs: number | null;
  shelvedUntilMs: number | null;
  settings: AlarmSettings;
}

export interface AlarmFilter {
  ids?: readonly string[] | undefined;
  /** Absent: every state but normal, unless ids are given. */
  state?: AlarmState | undefined;
  priority?: AlarmPriority | undefined;
  line?: string | undefined;
  unit?: string | undefined;
  active?: boolean | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  before?: { sinceMs: number; id: string } | undefined;
  limit: number;
}

/** Alarms as they stand, the last changed first. */
export async function readAlarms(db: Transaction, filter: AlarmFilter): Promise<AlarmRow[]> {
  const date = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));
  const { rows } = await db.query<{
    id: string;
    definition: string;
    level: AlarmLevel | null;
    line: string;
    unit: string;
    unit_name: string;
    priority: AlarmPriority;
    state: AlarmState;
    since: Date;
    is_active: boolean;
    raised_at: Date | null;
    shelved_until: Date | null;
    settings: AlarmSettings;
  }>(
    `SELECT a.id, a.definition, a.level, a.line, a.unit, u.name AS unit_name, a.priority, a.state,
            a.since, a.is_active, a.raised_at, a.shelved_until, d.settings
       FROM alarm a
       JOIN alarm_definition d ON d.id = a.definition AND d.is_newest
       JOIN unit u ON u.id = a.unit
      WHERE ($1::text[] IS NULL OR a.id = ANY($1))
        AND CASE WHEN $2::text IS NOT NULL THEN a.state = $2
                 ELSE $1::text[] IS NOT NULL OR a.state <> 'normal' END
        AND ($3::text IS NULL OR a.priority = $3)
        AND ($4::text IS NULL OR a.line = $4)
        AND ($5::text IS NULL OR a.unit = $5)
        AND ($6::boolean IS NULL OR a.is_active = $6)
        AND ($7::timestamptz IS NULL OR a.since >= $7)
        AND ($8::timestamptz IS NULL OR a.since < $8)
        AND ($9::timestamptz IS NULL OR (a.since, a.id) < ($9, $10))
        AND (NOT a.is_retired OR a.state <> 'normal' OR $1::text[] IS NOT NULL)
      ORDER BY a.since DESC, a.id DESC LIMIT $11`,
    [
      filter.ids ?? null,
      filter.state ?? null,
      filter.priority ?? null,
      filter.line ?? null,
      filter.unit ?? null,
      filter.active ?? null,
      date(filter.fromMs),
      date(filter.toMs),
      date(filter.before?.sinceMs),
      filter.before?.id ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    definition: row.definition,
    level: row.level,
    line: row.line,
    unit: row.unit,
    unitName: row.unit_name,
    priority: row.priority,
    state: row.state,
    sinceMs: row.since.getTime(),
    isActive: row.is_active,
    raisedAtMs: row.raised_at?.getTime() ?? null,
    shelvedUntilMs: row.shelved_until?.getTime() ?? null,
    settings: row.settings,
  }));
}
