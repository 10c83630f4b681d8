import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { Pool } from "pg";
import { believedStates } from "./believedStates.ts";

export interface StateRow {
  unit: string;
  state: MachineState;
  fromMs: number;
  toMs: number | null;
}

/**
 * State intervals of units that lie in a window or reach into it, whole ones, in order of their
 * beginning, at most `limit`. The intervals of a unit do not overlap, so that the last one which
 * begins before the window is the only one that can reach into it: the index finds it at once.
 */
export async function readStates(
  pool: Pool,
  window: {
    units: readonly string[];
    fromMs: number;
    toMs: number;
    limit: number;
    /** As they were believed then; now if absent. */
    knownAtMs?: number | undefined;
  },
): Promise<StateRow[]> {
  const { knownAtMs } = window;
  const believed = knownAtMs === undefined ? "state_interval" : believedStates(5);
  const { rows } = await pool.query<{
    unit: string;
    state: MachineState;
    from_ts: Date;
    to_ts: Date | null;
  }>(
    `WITH believed AS NOT MATERIALIZED (SELECT unit, from_ts, to_ts, state FROM ${believed})
     SELECT u.id AS unit, i.state, i.from_ts, i.to_ts
       FROM unnest($1::text[]) AS u(id)
      CROSS JOIN LATERAL (
        SELECT state, from_ts, to_ts
          FROM believed
         WHERE unit = u.id
           AND from_ts < $3
           AND (to_ts IS NULL OR to_ts > $2)
           AND from_ts >= coalesce(
                 (SELECT max(from_ts) FROM believed WHERE unit = u.id AND from_ts <= $2), $2)
         ORDER BY from_ts
         LIMIT $4
      ) i
      ORDER BY i.from_ts, u.id
      LIMIT $4`,
    [
      window.units,
      new Date(window.fromMs),
      new Date(window.toMs),
      window.limit,
      ...(knownAtMs === undefined ? [] : [new Date(knownAtMs)]),
    ],
  );
  return rows.map(({ unit, state, from_ts, to_ts }) => ({
    unit,
    state,
    fromMs: from_ts.getTime(),
    toMs: to_ts === null ? null : to_ts.getTime(),
  }));
}
