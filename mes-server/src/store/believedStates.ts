/**
 * State intervals of the units `$1` as they were believed at `$n`, in the place of a table. A unit is in one
 * state until its next begins, so an interval ended where the next one that was known then began.
 */
export function believedStates(parameter: number): string {
  return `(
    SELECT unit, from_ts, state, lead(from_ts) OVER (PARTITION BY unit ORDER BY from_ts) AS to_ts
      FROM (SELECT unit, from_ts, state FROM state_interval
             WHERE unit = ANY($1) AND known_at <= $${parameter}
            UNION ALL
            SELECT unit, from_ts, state FROM state_interval_history
             WHERE unit = ANY($1) AND known_from <= $${parameter} AND known_to > $${parameter}) AS known_then) AS believed_then`;
}
