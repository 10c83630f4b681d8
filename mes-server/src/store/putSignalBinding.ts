import type { SignalMeaning } from "../domain/plant/effective-definition.ts";
import type { Transaction } from "./statement.ts";

/** What an engineer says a signal is; answers the version of the binding. */
export async function putSignalBinding(
  tx: Transaction,
  of: { signal: number; unit: string; meaning: SignalMeaning; atMs: number },
): Promise<number> {
  const { role, ...rule } = of.meaning;
  const { rows } = await tx.query<{ version: number }>(
    `INSERT INTO signal_binding (signal, unit, role, rule, bound_at) VALUES ($1, $2, $3, $4::jsonb, $5)
     ON CONFLICT (signal) DO UPDATE SET unit = excluded.unit, role = excluded.role, rule = excluded.rule,
       bound_at = excluded.bound_at, version = signal_binding.version + 1
     RETURNING version`,
    [of.signal, of.unit, role, JSON.stringify(rule), new Date(of.atMs)],
  );
  return rows[0]?.version ?? 1;
}
