import { signalDefinition } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";
import type { BoundSignal } from "../commit/committed.ts";

export interface StoredSignal extends BoundSignal {
  datatype: number;
}

/** Every signal that births have told of. */
export async function loadSignals(pool: Pool): Promise<StoredSignal[]> {
  const { rows } = await pool.query<Omit<StoredSignal, "definition"> & { definition: unknown }>(
    "SELECT key, id, source, device, metric, datatype, definition FROM signal ORDER BY key",
  );
  return rows.map((row) => ({ ...row, definition: signalDefinition.parse(row.definition) }));
}
