import type { Pool } from "pg";
import type { CountChange } from "../commit/committed.ts";

export interface CountSum {
  unit: string;
  role: CountChange["role"];
  kind: CountChange["kind"];
  pieces: number;
  events: number;
}

/** Pieces and events of units by role and kind, of a window that ends before `toMs`. */
export async function readCounts(
  pool: Pool,
  window: { units: readonly string[]; fromMs: number; toMs: number },
): Promise<CountSum[]> {
  const { rows } = await pool.query<
    Pick<CountSum, "unit" | "role" | "kind"> & { pieces: string; events: string }
  >(
    `SELECT unit, role, kind, sum(delta) AS pieces, count(*) AS events
       FROM count_event
      WHERE unit = ANY($1) AND ts >= $2 AND ts < $3
      GROUP BY unit, role, kind
      ORDER BY unit, role, kind`,
    [window.units, new Date(window.fromMs), new Date(window.toMs)],
  );
  return rows.map((row) => ({
    ...row,
    pieces: Number(row.pieces),
    events: Number(row.events),
  }));
}
