import { isCounterRole } from "@only-mes/protocols/plant/signal";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import type { SignalMeaning } from "./effective-definition.ts";

const integers: ReadonlySet<number> = new Set([
  datatypes.Int8,
  datatypes.Int16,
  datatypes.Int32,
  datatypes.Int64,
  datatypes.UInt8,
  datatypes.UInt16,
  datatypes.UInt32,
  datatypes.UInt64,
]);
const numbers: ReadonlySet<number> = new Set([
  ...integers,
  datatypes.Float,
  datatypes.Double,
  datatypes.DateTime,
]);
const codedRoles: ReadonlySet<string> = new Set(["machineState", "stopCode", "machineMode"]);
const texts: ReadonlySet<number> = new Set([datatypes.String, datatypes.Text]);

/** Whether a signal of this Sparkplug datatype can carry a role. */
export function carries(role: SignalMeaning["role"], datatype: number): boolean {
  if (isCounterRole(role) || codedRoles.has(role)) {
    return integers.has(datatype);
  }
  if (role === "status") return datatype === datatypes.Boolean || integers.has(datatype);
  if (role === "text") return texts.has(datatype);
  return numbers.has(datatype);
}

/** Why a signal cannot mean this to production, and the field at fault; `undefined` if it can. */
export function meaningProblem(
  { role, states, modes, counterBits, maxRatePerSecond }: SignalMeaning,
  datatype: number,
): { field: string; detail: string } | undefined {
  if (!carries(role, datatype)) {
    const name = Object.entries(datatypes).find(([, number]) => number === datatype)?.[0];
    return {
      field: "role",
      detail: `A ${role} cannot be made of ${name ?? `datatype ${datatype}`}.`,
    };
  }
  const hasStates = states !== undefined && Object.keys(states).length > 0;
  if (role === "machineState" && !hasStates) {
    return { field: "states", detail: "A machineState needs the PackML state of each code." };
  }
  if (role !== "machineState" && states !== undefined) {
    return { field: "states", detail: `A ${role} has no states.` };
  }
  if (role === "machineMode" && Object.keys(modes ?? {}).length === 0) {
    return { field: "modes", detail: "A machineMode needs the mode of each code." };
  }
  if (role !== "machineMode" && modes !== undefined) {
    return { field: "modes", detail: `A ${role} has no modes.` };
  }
  if (!isCounterRole(role) && counterBits !== undefined) {
    return { field: "counterBits", detail: `A ${role} does not count.` };
  }
  if (!isCounterRole(role) && maxRatePerSecond !== undefined) {
    return { field: "maxRatePerSecond", detail: `A ${role} does not count.` };
  }
  return undefined;
}
