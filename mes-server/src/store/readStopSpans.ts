import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { producingStates } from "../domain/stops/standstills.ts";
import type { Transaction } from "./statement.ts";

/**
 * State intervals of units in a window, whole ones, and on both sides as far as their stops reach: back to
 * the last one that produced before it, on to the first that produces after it.
 */
export async function readStopSpans(
  db: Transaction,
  of: { units: readonly string[]; fromMs: number; toMs: number; knownAtMs?: number | undefined },
): Promise<Map<string, StateSpan[]>> {
  const believed = of.knownAtMs === undefined ? "state_interval" : believedThen;
  const { rows } = await db.query<{
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
           AND from_ts >= coalesce((SELECT max(from_ts) FROM believed
                                     WHERE unit = u.id AND from_ts <= $2 AND state = ANY($4)), '-infinity')
           AND from_ts <= coalesce((SELECT min(from_ts) FROM believed
                                     WHERE unit = u.id AND from_ts >= $3 AND state = ANY($4)), 'infinity')
      ) i
      ORDER BY u.id, i.from_ts`,
    [
      of.units,
      new Date(of.fromMs),
      new Date(of.toMs),
      producingStates,
      ...(of.knownAtMs === undefined ? [] : [new Date(of.knownAtMs)]),
    ],
  );
  const found = new Map<string, StateSpan[]>(of.units.map((unit) => [unit, []]));
  for (const { unit, state, from_ts, to_ts } of rows) {
    found.get(unit)?.push({
      state,
      fromMs: from_ts.getTime(),
      toMs: to_ts === null ? null : to_ts.getTime(),
    });
  }
  return found;
}

/** $5 is when. A unit is in one state until the next begins: so an interval ended where the next one began. */
const believedThen = `(
  SELECT unit, from_ts, state, lead(from_ts) OVER (PARTITION BY unit ORDER BY from_ts) AS to_ts
    FROM (SELECT unit, from_ts, state FROM state_interval
           WHERE unit = ANY($1) AND known_at <= $5
          UNION ALL
          SELECT unit, from_ts, state FROM state_interval_history
           WHERE unit = ANY($1) AND known_from <= $5 AND known_to > $5) AS then_known) AS then_believed`;
