import { signalDefinition } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";
import type { BoundSignal } from "../commit/committed.ts";

/** Every signal of equipment in service, in the order of its id. */
export async function readSignals(pool: Pool): Promise<BoundSignal[]> {
  const { rows } = await pool.query<Omit<BoundSignal, "definition"> & { definition: unknown }>(
    `SELECT s.key, s.id, s.source, s.device, s.metric, s.definition
       FROM signal s JOIN unit u ON u.id = s.unit JOIN line l ON l.id = u.line
      WHERE u.retired_at IS NULL AND l.retired_at IS NULL ORDER BY s.id`,
  );
  return rows.map((row) => ({ ...row, definition: signalDefinition.parse(row.definition) }));
}
