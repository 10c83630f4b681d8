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
 * Counts of the shift of each unit and of the last minutes, in one statement, so that both show the same moment of
 * the database: whoever adds later commits to them knows by `newestMs` which are in already.
 */
export async function readRecentCounts(
  pool: Pool,
  window: {
    units: readonly { id: string; shiftStartMs: number }[];
    rateFromMs: number;
    stepMs: number;
  },
): Promise<RecentCount[]> {
  const { rows } = await pool.query<{
    unit: string;
    role: CountChange["role"];
    in_shift: boolean;
    step: Date | null;
    pieces: string;
    newest: Date;
  }>(
    `SELECT c.unit, c.role, c.ts >= u.shift_start AS in_shift,
            CASE WHEN c.ts >= $4 THEN time_bucket(make_interval(secs => $5::float8 / 1000), c.ts) END AS step,
            sum(c.delta) AS pieces, max(c.ts) AS newest
       FROM unnest($1::text[], $2::timestamptz[]) AS u(unit, shift_start)
       JOIN count_event c ON c.unit = u.unit AND c.ts >= $3 AND c.ts >= least(u.shift_start, $4)
      GROUP BY c.unit, c.role, in_shift, step`,
    [
      window.units.map(({ id }) => id),
      window.units.map(({ shiftStartMs }) => new Date(shiftStartMs)),
      new Date(
        Math.min(window.rateFromMs, ...window.units.map(({ shiftStartMs }) => shiftStartMs)),
      ),
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
