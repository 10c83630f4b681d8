import { signalDefinition } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";
import type { BoundSignal } from "../commit/committed.ts";
import type { Transaction } from "./statement.ts";

export interface StoredSignal extends BoundSignal {
  datatype: number;
  stateClaim: StateClaim;
  /** Its unit or its line is out of service: it is kept and folded, but not shown. */
  isRetired: boolean;
}

/**
 * Who makes the state of a signal's unit: `bound` it does, an engineer has bound it to that; `yields`
 * another one was bound to it; `born` births say.
 */
export type StateClaim = "bound" | "yields" | "born";

/** Every signal that births have told of, or those of some keys: what holds of them now. */
export async function loadSignals(
  db: Pick<Pool, "query"> | Transaction,
  keys?: readonly number[],
): Promise<StoredSignal[]> {
  const { rows } = await db.query<Omit<StoredSignal, "definition"> & { definition: unknown }>(
    `SELECT s.key, s.id, s.source, s.device, s.metric, s.datatype, s.definition,
            CASE WHEN b.signal IS NULL THEN 'born' WHEN b.signal = s.key THEN 'bound' ELSE 'yields'
            END AS "stateClaim", coalesce(u.retired_at, l.retired_at) IS NOT NULL AS "isRetired"
       FROM signal s
       JOIN unit u ON u.id = s.unit
       JOIN line l ON l.id = u.line
       LEFT JOIN signal_binding b ON b.unit = s.unit AND b.role = 'machineState'
      WHERE $1::int[] IS NULL OR s.key = ANY($1)
      ORDER BY s.key`,
    [keys ?? null],
  );
  return rows.map((row) => ({ ...row, definition: signalDefinition.parse(row.definition) }));
}
