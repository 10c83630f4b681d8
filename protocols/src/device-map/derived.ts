import type { DerivedTag, Device, Tag, ValueType } from "./schema.ts";

/**
 * What a device has to tell: its tags, and behind them what is derived from them, in the shape of
 * tags. A derived tag is at no address, and as fast as the fastest of its inputs.
 */
export function allTags(device: Device): readonly Tag[] {
  const { derived } = device;
  if (derived === undefined) return device.tags;
  return [...device.tags, ...derived.map((each) => asTag(device, each))];
}

export function asTag(device: Device, derived: DerivedTag): Tag {
  const { signal, role, deadband, heartbeatMs, engineeringUnit, states, modes, inputs } = derived;
  const sources = new Set(Object.values(inputs));
  const periods = device.tags
    .filter((tag) => sources.has(tag.signal))
    .map(({ periodMs }) => periodMs ?? device.periodMs);
  return {
    signal,
    role,
    address: "",
    type: derivedTypes[role],
    periodMs: Math.min(...periods, device.heartbeatMs),
    ...(deadband !== undefined && { deadband }),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...(engineeringUnit !== undefined && { engineeringUnit }),
    ...(states !== undefined && { states }),
    ...(modes !== undefined && { modes }),
  };
}

const derivedTypes: Record<DerivedTag["role"], ValueType> = {
  analog: "float64",
  status: "bool",
  machineState: "int32",
  stopCode: "int32",
  machineMode: "int32",
};
