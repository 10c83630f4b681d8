import type { SignalRole } from "@only-mes/protocols/plant/signal";
import { carries } from "./meaning-problem.ts";

/** What a unit needs so that its states, pieces and with them its KPIs can be told. */
const productionRoles = ["machineState", "goodCount"] as const satisfies SignalRole[];

/** Roles that a unit lacks and that a signal of no production role yet could have. */
export function missingRoles(
  signal: { role: SignalRole; datatype: number; isBound: boolean },
  rolesOfUnit: readonly SignalRole[],
): SignalRole[] {
  // Whoever has bound it has said what it is.
  if (signal.isBound || !isUnsaid(signal.role)) return [];
  return productionRoles.filter(
    (role) => !rolesOfUnit.includes(role) && carries(role, signal.datatype),
  );
}

function isUnsaid(role: SignalRole): boolean {
  return role === "analog" || role === "status";
}
