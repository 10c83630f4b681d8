import type {
  CharacteristicDefinition,
  CharacteristicVersion,
} from "../domain/quality/characteristic.ts";
import type { Transaction } from "./statement.ts";

export async function insertCharacteristicVersion(
  tx: Transaction,
  { id, version, fromMs, command, ...definition }: CharacteristicVersion,
  knownAtMs: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO characteristic_version (id, version, from_ts, known_at, command, definition)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb)`,
    [
      id,
      version,
      new Date(fromMs),
      new Date(knownAtMs),
      command,
      JSON.stringify(definition satisfies CharacteristicDefinition),
    ],
  );
}
