import type { Transaction } from "./statement.ts";

/** Adds the next revision; answers its number. */
export async function insertGatewayMap(
  tx: Transaction,
  map: { gateway: string; note: string; text: string; atMs: number },
): Promise<number> {
  const { rows } = await tx.query<{ revision: number }>(
    `INSERT INTO gateway_map (gateway, revision, at, note, text)
     SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4 FROM gateway_map WHERE gateway = $1
     RETURNING revision`,
    [map.gateway, new Date(map.atMs), map.note, map.text],
  );
  return rows[0]?.revision ?? 0;
}
