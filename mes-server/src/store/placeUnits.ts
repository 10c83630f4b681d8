import { markDerivedHours } from "./markDerivedHours.ts";
import type { Transaction } from "./statement.ts";

/** Rows from before births were kept stand for the birth that made them. */
const bornUnit = `coalesce(born, jsonb_build_object('position', position, 'pacesLine', paces_line,
  'outputOfLine', output_of_line, 'idealRatePerMinute', ideal_rate_per_minute,
  'targetRatePerMinute', target_rate_per_minute))`;

/**
 * Brings units, as lanes and live read them, to what the plant model says, and where it says nothing, to
 * what the last birth told. What was derived of their lines from other flags and rates is derived again.
 */
export async function placeUnits(tx: Transaction, units: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ line: string; counts: boolean }>(
    `UPDATE unit u
        SET name = m.name, retired_at = m.retired_at, position = m.position, paces_line = m.paces,
            output_of_line = m.output, ideal_rate_per_minute = m.ideal, target_rate_per_minute = m.target
       FROM (
         SELECT u.id, coalesce(e.name, born ->> 'name', u.name) AS name, e.retired_at, u.figures,
                coalesce(s ->> 'position', born ->> 'position', '0')::int AS position,
                coalesce(s ->> 'pacesLine', born ->> 'pacesLine', 'false')::boolean AS paces,
                coalesce(s ->> 'outputOfLine', born ->> 'outputOfLine', 'false')::boolean AS output,
                coalesce(s ->> 'idealRatePerMinute', born ->> 'idealRatePerMinute')::float8 AS ideal,
                coalesce(s ->> 'targetRatePerMinute', born ->> 'targetRatePerMinute')::float8 AS target
           FROM (SELECT id, name, ${bornUnit} AS born,
                        (position, paces_line, output_of_line, ideal_rate_per_minute)::text AS figures
                   FROM unit) u
           LEFT JOIN equipment e ON e.id = u.id AND e.level = 'unit'
          CROSS JOIN LATERAL (SELECT coalesce(e.settings, '{}') AS s) settings
          WHERE u.id = ANY($1)) m
      WHERE u.id = m.id
        AND (u.name, u.retired_at, u.position, u.paces_line, u.output_of_line, u.ideal_rate_per_minute,
             u.target_rate_per_minute)
            IS DISTINCT FROM (m.name, m.retired_at, m.position, m.paces, m.output, m.ideal, m.target)
     RETURNING u.line, (m.position, m.paces, m.output, m.ideal)::text <> m.figures AS counts`,
    [units],
  );
  await markDerivedHours(
    tx,
    rows.filter(({ counts }) => counts).map(({ line }) => line),
  );
}
