import type { AlarmSettings } from "@only-mes/protocols/console/alarms";
import type { Transaction } from "./statement.ts";

export interface AlarmDefinitionRow {
  id: string;
  version: number;
  validFromMs: number;
  line: string;
  unit: string;
  signal: number;
  settings: AlarmSettings;
  isRetired: boolean;
}

export interface DefinitionFilter {
  ids?: readonly string[] | undefined;
  line?: string | undefined;
  unit?: string | undefined;
  signal?: string | undefined;
  retired?: boolean | undefined;
  afterId?: string | undefined;
  limit: number;
}

/** The newest versions of definitions, by id. */
export async function readAlarmDefinitions(
  db: Transaction,
  filter: DefinitionFilter,
): Promise<AlarmDefinitionRow[]> {
  const { rows } = await db.query<DefinitionRow>(
    `SELECT id, version, valid_from, line, unit, signal, settings, is_retired
       FROM alarm_definition
      WHERE is_newest
        AND ($1::text[] IS NULL OR id = ANY($1))
        AND ($2::text IS NULL OR line = $2)
        AND ($3::text IS NULL OR unit = $3)
        AND ($4::text IS NULL OR signal = (SELECT key FROM signal WHERE id = $4))
        AND ($5::boolean IS NULL OR is_retired = $5)
        AND ($6::text IS NULL OR id > $6)
      ORDER BY id LIMIT $7`,
    [
      filter.ids ?? null,
      filter.line ?? null,
      filter.unit ?? null,
      filter.signal ?? null,
      filter.retired ?? null,
      filter.afterId ?? null,
      filter.limit,
    ],
  );
  return rows.map(definitionOf);
}

/** Every version of one definition, in the order in which they came into force. */
export async function readAlarmVersions(
  db: Transaction,
  id: string,
): Promise<AlarmDefinitionRow[]> {
  const { rows } = await db.query<DefinitionRow>(
    `SELECT id, version, valid_from, line, unit, signal, settings, is_retired
       FROM alarm_definition WHERE id = $1 ORDER BY valid_from, version`,
    [id],
  );
  return rows.map(definitionOf);
}

interface DefinitionRow extends Omit<AlarmDefinitionRow, "validFromMs" | "isRetired"> {
  valid_from: Date;
  is_retired: boolean;
}

function definitionOf({ valid_from, is_retired, ...row }: DefinitionRow): AlarmDefinitionRow {
  return { ...row, validFromMs: valid_from.getTime(), isRetired: is_retired };
}
