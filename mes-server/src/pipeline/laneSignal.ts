import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { isCounterRole, unitId, type SignalDefinition } from "@only-mes/protocols/plant/signal";
import type { LaneSignal } from "./laneTask.ts";

/** What a lane must know of a signal. Only one machine state a unit makes the unit's state. */
export function laneSignal(
  signal: { key: number; id: string; datatype: number; definition: SignalDefinition },
  makesUnitState: boolean,
): LaneSignal & { line: string } {
  const { key, id, datatype, definition } = signal;
  const { line, unit, role, periodMs, maxRatePerSecond } = definition;
  return {
    key,
    id,
    line: line.id,
    unit: unitId(line.id, unit.id),
    role,
    datatype,
    ...(isCounterRole(role) && {
      counter: {
        bits: definition.counterBits ?? bitsOf(datatype),
        periodMs,
        ...(maxRatePerSecond !== undefined && { maxRatePerSecond }),
      },
    }),
    ...(role === "machineState" && makesUnitState && { states: definition.states ?? {} }),
  };
}

function bitsOf(datatype: number): 16 | 32 | 64 {
  switch (datatype) {
    case datatypes.Int8:
    case datatypes.UInt8:
    case datatypes.Int16:
    case datatypes.UInt16:
      return 16;
    case datatypes.Int32:
    case datatypes.UInt32:
      return 32;
    default:
      return 64;
  }
}
