import type { Pool } from "pg";

/** When each unit was first seen in any state. */
export async function readFirstStates(
  pool: Pool,
  units: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ unit: string; from_ts: Date }>(
    `SELECT u.id AS unit, first.from_ts
       FROM unnest($1::text[]) AS u(id)
      CROSS JOIN LATERAL (
        SELECT from_ts FROM state_interval WHERE unit = u.id ORDER BY from_ts LIMIT 1
      ) first`,
    [units],
  );
  return new Map(rows.map((row) => [row.unit, row.from_ts.getTime()]));
}
