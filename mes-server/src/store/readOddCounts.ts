import type { Pool } from "pg";
import type { CountChange } from "../commit/committed.ts";

export interface OddCount {
  unit: string;
  role: CountChange["role"];
  kind: Exclude<CountChange["kind"], "step">;
  atMs: number;
}

/** The newest rollovers, resets and quarantined steps of each unit since an instant. */
export async function readOddCounts(
  pool: Pool,
  window: { units: readonly string[]; fromMs: number; limitPerUnit: number },
): Promise<OddCount[]> {
  const { rows } = await pool.query<Omit<OddCount, "atMs"> & { ts: Date }>(
    `SELECT u.id AS unit, odd.role, odd.kind, odd.ts
       FROM unnest($1::text[]) AS u(id)
      CROSS JOIN LATERAL (
        SELECT role, kind, ts
          FROM count_event
         WHERE unit = u.id AND ts >= $2 AND kind <> 'step'
         ORDER BY ts DESC
         LIMIT $3
      ) odd`,
    [window.units, new Date(window.fromMs), window.limitPerUnit],
  );
  return rows.map(({ unit, role, kind, ts }) => ({ unit, role, kind, atMs: ts.getTime() }));
}
