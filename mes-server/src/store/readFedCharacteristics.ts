import type { Transaction } from "./statement.ts";

/** Characteristics that are, or were, measured by some signals. */
export async function readFedCharacteristics(
  tx: Transaction,
  signals: readonly number[],
): Promise<{ characteristic: string; signal: number }[]> {
  if (signals.length === 0) return [];
  const { rows } = await tx.query<{ characteristic: string; signal: number }>({
    name: "readFedCharacteristics",
    text: `SELECT DISTINCT v.id AS characteristic, s.key AS signal
             FROM signal s
             JOIN characteristic_version v ON v.definition->'sampling'->>'signal' = s.id
            WHERE s.key = ANY($1)
            ORDER BY 1, 2`,
    values: [signals],
  });
  return rows;
}
