import type { Transaction } from "./statement.ts";

/** Units of the plant model that no birth has told of. */
export async function addUnits(tx: Transaction, units: readonly string[]): Promise<void> {
  await tx.query(
    `INSERT INTO unit (id, line, name, position, paces_line, output_of_line, born)
     SELECT id, split_part(id, '.', 1), id, 0, false, false, '{}' FROM unnest($1::text[]) id
     ON CONFLICT DO NOTHING`,
    [units],
  );
}
