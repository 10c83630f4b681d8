import type { Pool } from "pg";
import type { CountChange } from "../commit/committed.ts";

export interface RecentCount {
  unit: string;
  role: CountChange["role"];
  inShift: boolean;
  /** Start of the step of time that the pieces fell into; null if they are older than the rate needs. */
  stepMs: number | null;
  pieces: number;
  /** Time of the newest of these counts. */
  newestMs: number;
}

/**
 * Counts of a shift and of the last minutes, in one statement, so that both show the same moment of
 * the database: whoever adds later commits to them knows by `newestMs` which are in already.
 */
export async function readRecentCounts(
  pool: Pool,
  window: { units: readonly string[]; shiftStartMs: number; rateFromMs: number; stepMs: number },
): Promise<RecentCount[]> {
  const { rows } = await pool.query<{
    unit: string;
    role: CountChange["role"];
    in_shift: boolean;
    step: Date | null;
    pieces: string;
    newest: Date;
  }>(
    `SELECT unit, role, ts >= $3 AS in_shift,
            CASE WHEN ts >= $4 THEN time_bucket(make_interval(secs => $5::float8 / 1000), ts) END AS step,
            sum(delta) AS pieces, max(ts) AS newest
       FROM count_event
      WHERE unit = ANY($1) AND ts >= $2
      GROUP BY unit, role, in_shift, step`,
    [
      window.units,
      new Date(Math.min(window.shiftStartMs, window.rateFromMs)),
      new Date(window.shiftStartMs),
      new Date(window.rateFromMs),
      window.stepMs,
    ],
  );
  return rows.map((row) => ({
    unit: row.unit,
    role: row.role,
    inShift: row.in_shift,
    stepMs: row.step === null ? null : row.step.getTime(),
    pieces: Number(row.pieces),
    newestMs: row.newest.getTime(),
  }));
}
