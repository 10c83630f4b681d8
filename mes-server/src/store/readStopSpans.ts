import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { producingStates } from "../domain/stops/standstills.ts";
import { believedStates } from "./believedStates.ts";
import type { Transaction } from "./statement.ts";

/**
 * State intervals of units in a window, whole ones, and on both sides as far as their stops reach: back to
 * the last one that produced before it, on to the first that produces after it.
 */
export async function readStopSpans(
  db: Transaction,
  of: { units: readonly string[]; fromMs: number; toMs: number; knownAtMs?: number | undefined },
): Promise<Map<string, StateSpan[]>> {
  const believed = of.knownAtMs === undefined ? "state_interval" : believedStates(5);
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
