import type {
  CharacteristicDefinition,
  CharacteristicVersion,
} from "../domain/quality/characteristic.ts";
import type { Transaction } from "./statement.ts";

/** All that was said of some characteristics, or of all; each in the order in which it was said. */
export async function readCharacteristicVersions(
  db: Transaction,
  ids?: readonly string[],
): Promise<Map<string, CharacteristicVersion[]>> {
  const { rows } = await db.query<{
    id: string;
    version: number;
    from_ts: Date;
    command: string;
    definition: CharacteristicDefinition;
  }>(
    `SELECT id, version, from_ts, command, definition
       FROM characteristic_version
      WHERE $1::text[] IS NULL OR id = ANY($1)
      ORDER BY id, version`,
    [ids ?? null],
  );
  const found = new Map<string, CharacteristicVersion[]>();
  for (const { id, version, from_ts, command, definition } of rows) {
    const versions = found.get(id) ?? [];
    versions.push({ ...definition, id, version, fromMs: from_ts.getTime(), command });
    found.set(id, versions);
  }
  return found;
}
