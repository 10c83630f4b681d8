import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { believedStates } from "./believedStates.ts";
import type { StateRow } from "./readStates.ts";
import type { Transaction } from "./statement.ts";

/**
 * State intervals of units that hold at some instants, or begin within `slackMs` of them: whole ones, each
 * once, in order of their beginning.
 */
export async function readStatesAt(
  db: Transaction,
  of: {
    units: readonly string[];
    instantsMs: readonly number[];
    slackMs: number;
    knownAtMs: number | undefined;
  },
): Promise<StateRow[]> {
  if (of.instantsMs.length === 0) return [];
  const believed = of.knownAtMs === undefined ? "state_interval" : believedStates(4);
  const { rows } = await db.query<{
    unit: string;
    state: MachineState;
    from_ts: Date;
    to_ts: Date | null;
  }>(
    `WITH believed AS NOT MATERIALIZED (SELECT unit, from_ts, to_ts, state FROM ${believed})
     SELECT DISTINCT u.id AS unit, i.state, i.from_ts, i.to_ts
       FROM unnest($1::text[]) AS u(id)
      CROSS JOIN unnest($2::timestamptz[]) AS t(at)
      CROSS JOIN LATERAL (
        (SELECT state, from_ts, to_ts FROM believed
          WHERE unit = u.id AND from_ts <= t.at ORDER BY from_ts DESC LIMIT 1)
        UNION ALL
        (SELECT state, from_ts, to_ts FROM believed
          WHERE unit = u.id AND from_ts > t.at AND from_ts <= t.at + $3 * INTERVAL '1 ms')) i
      ORDER BY i.from_ts, u.id`,
    [
      of.units,
      of.instantsMs.map((ms) => new Date(ms)),
      of.slackMs,
      ...(of.knownAtMs === undefined ? [] : [new Date(of.knownAtMs)]),
    ],
  );
  return rows.map(({ unit, state, from_ts, to_ts }) => ({
    unit,
    state,
    fromMs: from_ts.getTime(),
    toMs: to_ts === null ? null : to_ts.getTime(),
  }));
}
