import type { Pool } from "pg";

export interface UnitStateNow {
  unit: string;
  state: string;
  sinceMs: number;
}

/** The state in which each unit is, of all units or of some. */
export async function readStatesNow(
  pool: Pool,
  units: readonly string[] | undefined,
): Promise<UnitStateNow[]> {
  const { rows } = await pool.query<{ unit: string; state: string; from_ts: Date }>({
    name: "readStatesNow",
    text: `SELECT unit, state, from_ts FROM state_interval
            WHERE to_ts IS NULL AND ($1::text[] IS NULL OR unit = ANY ($1))`,
    values: [units ?? null],
  });
  return rows.map(({ unit, state, from_ts }) => ({ unit, state, sinceMs: from_ts.getTime() }));
}
