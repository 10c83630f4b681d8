import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { Transaction } from "./statement.ts";

/** The state that a unit is in, as far as is known; `undefined` if none is. */
export async function loadOpenState(
  tx: Transaction,
  unit: string,
): Promise<MachineState | undefined> {
  const { rows } = await tx.query<{ state: MachineState }>(
    "SELECT state FROM state_interval WHERE unit = $1 AND to_ts IS NULL",
    [unit],
  );
  return rows[0]?.state;
}
