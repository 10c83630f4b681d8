import { signalDefinition } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";
import type { BoundSignal } from "../commit/committed.ts";

/** Every signal that births have told of, in the order of its id. */
export async function readSignals(pool: Pool): Promise<BoundSignal[]> {
  const { rows } = await pool.query<Omit<BoundSignal, "definition"> & { definition: unknown }>(
    "SELECT key, id, source, device, metric, definition FROM signal ORDER BY id",
  );
  return rows.map((row) => ({ ...row, definition: signalDefinition.parse(row.definition) }));
}
