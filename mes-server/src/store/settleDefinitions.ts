import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import { effectiveDefinition, type SignalMeaning } from "../domain/plant/effective-definition.ts";
import type { StateClaim } from "./loadSignals.ts";
import type { Transaction } from "./statement.ts";
import { watchDeviceCodes } from "./watchDeviceCodes.ts";

export interface SettledSignal {
  id: string;
  key: number;
  unit: string;
  definition: SignalDefinition;
  stateClaim: StateClaim;
  isRetired: boolean;
}

interface Row {
  id: string;
  key: number;
  born: SignalDefinition;
  role: SignalDefinition["role"] | null;
  rule: Omit<SignalMeaning, "role"> | null;
  unit: string;
  unit_name: string;
  position: number;
  paces_line: boolean;
  output_of_line: boolean;
  ideal: number | null;
  target: number | null;
  line: string;
  line_name: string;
  enterprise: string;
  site: string;
  area: string;
  state_claim: StateClaim;
  is_retired: boolean;
}

/**
 * Makes what holds of signals from what births, the plant model and bindings say, and writes it. The
 * rows of the signals must be locked, or just written, by this transaction.
 */
export async function settleDefinitions(
  tx: Transaction,
  keys: readonly number[],
): Promise<SettledSignal[]> {
  const { rows } = await tx.query<Row>(
    `SELECT s.id, s.key, coalesce(s.born, s.definition) AS born, b.role, b.rule, u.id AS unit,
            u.name AS unit_name, u.position, u.paces_line, u.output_of_line,
            u.ideal_rate_per_minute AS ideal, u.target_rate_per_minute AS target,
            l.id AS line, l.name AS line_name, l.enterprise, l.site, l.area,
            CASE WHEN o.signal IS NULL THEN 'born' WHEN o.signal = s.key THEN 'bound' ELSE 'yields'
            END AS state_claim, coalesce(u.retired_at, l.retired_at) IS NOT NULL AS is_retired
       FROM signal s
       LEFT JOIN signal_binding b ON b.signal = s.key
       JOIN unit u ON u.id = coalesce(b.unit, split_part(s.id, '.', 1) || '.' || split_part(s.id, '.', 2))
       JOIN line l ON l.id = u.line
       LEFT JOIN signal_binding o ON o.unit = u.id AND o.role = 'machineState'
      WHERE s.key = ANY($1)
      ORDER BY s.id`,
    [keys],
  );
  const settled = rows.map((row): SettledSignal => {
    const meaning = row.role === null ? undefined : { role: row.role, ...row.rule };
    const definition = effectiveDefinition(row.born, placeOf(row), meaning);
    const { id, key, unit, state_claim: stateClaim, is_retired: isRetired } = row;
    return { id, key, unit, definition, stateClaim, isRetired };
  });
  await tx.query(
    `UPDATE signal s SET unit = n.unit, definition = n.definition::jsonb, born = coalesce(s.born, s.definition)
       FROM unnest($1::int[], $2::text[], $3::text[]) AS n(key, unit, definition)
      WHERE s.key = n.key AND (s.unit, s.definition) IS DISTINCT FROM (n.unit, n.definition::jsonb)`,
    [
      settled.map(({ key }) => key),
      settled.map(({ unit }) => unit),
      settled.map(({ definition }) => JSON.stringify(definition)),
    ],
  );
  await watchDeviceCodes(tx, settled);
  return settled;
}

function placeOf(row: Row): Pick<SignalDefinition, "line" | "unit"> {
  return {
    line: {
      id: row.line,
      name: row.line_name,
      enterprise: row.enterprise,
      site: row.site,
      area: row.area,
    },
    unit: {
      id: row.unit.slice(row.line.length + 1),
      name: row.unit_name,
      position: row.position,
      pacesLine: row.paces_line,
      outputOfLine: row.output_of_line,
      ...(row.ideal !== null && { idealRatePerMinute: row.ideal }),
      ...(row.target !== null && { targetRatePerMinute: row.target }),
    },
  };
}
