import { allTags } from "@only-mes/protocols/device-map/derived";
import type { Device, DeviceMap, Tag, ValueType } from "@only-mes/protocols/device-map/schema";
import { bitsOfType } from "@only-mes/protocols/device-map/value-types";
import { datatypes, type Datatype } from "@only-mes/protocols/sparkplug/payload";
import {
  isCounterRole,
  type LineDefinition,
  type SignalDefinition,
  type UnitDefinition,
} from "@only-mes/protocols/plant/signal";

/** What the signals of a device mean, tag by tag; the map was checked, so line and units are there. */
export function signalDefinitions(
  map: DeviceMap,
  device: Device,
  types: readonly ValueType[],
): SignalDefinition[] {
  const line = map.lines.find(({ id }) => id === device.line);
  if (line === undefined) throw new Error(`line ${device.line} of ${device.id} was not checked`);
  const lineOf: LineDefinition = {
    id: line.id,
    name: line.name,
    enterprise: map.enterprise,
    site: map.site,
    area: line.area,
  };
  const units = new Map<string, UnitDefinition>(
    line.units.map((unit, position) => [unit.id, { ...unit, position }]),
  );
  return allTags(device).map((tag, index) => {
    const [unitName = "", name = ""] = tag.signal.split("/");
    const unit = units.get(unitName);
    if (unit === undefined) throw new Error(`unit ${unitName} of ${device.id} was not checked`);
    const { engineeringUnit, maxRatePerSecond, states, modes } = tag;
    const counterBits = counterBitsOf(tag, types[index] ?? "float64");
    return {
      line: lineOf,
      unit,
      name,
      role: tag.role,
      periodMs: tag.periodMs ?? device.periodMs,
      heartbeatMs: tag.heartbeatMs ?? device.heartbeatMs,
      ...(engineeringUnit !== undefined && { engineeringUnit }),
      ...(counterBits !== undefined && { counterBits }),
      ...(maxRatePerSecond !== undefined && { maxRatePerSecond }),
      ...(states !== undefined && { states }),
      ...(modes !== undefined && { modes }),
    };
  });
}

/** The width at which a counter rolls over: as the map says, or as its type has bits. */
function counterBitsOf(tag: Tag, type: ValueType): SignalDefinition["counterBits"] {
  if (!isCounterRole(tag.role)) return undefined;
  if (tag.counterBits !== undefined) return tag.counterBits;
  const bits = bitsOfType[type];
  return bits === 16 || bits === 32 || bits === 64 ? bits : undefined;
}

/** Of a tag whose type nobody has told yet: what its role most often is. */
export function presumedType(tag: Tag): ValueType {
  switch (tag.role) {
    case "goodCount":
    case "scrapCount":
    case "reworkCount":
      return "uint32";
    case "machineState":
    case "stopCode":
    case "machineMode":
      return "int32";
    case "status":
      return "bool";
    case "text":
      return "string";
    case "analog":
      return "float64";
  }
}

/** What is read in one turn: by the period of its tags, or as often as a subscription publishes. */
export function periodsOf(device: Device): Set<number> {
  if (device.driver === "opcua" && device.mode !== "poll") {
    return new Set([device.publishingIntervalMs]);
  }
  return new Set(device.tags.map(({ periodMs }) => periodMs ?? device.periodMs));
}

const typeNames: Partial<Record<Datatype, ValueType>> = {
  [datatypes.Int8]: "int8",
  [datatypes.Int16]: "int16",
  [datatypes.Int32]: "int32",
  [datatypes.Int64]: "int64",
  [datatypes.UInt8]: "uint8",
  [datatypes.UInt16]: "uint16",
  [datatypes.UInt32]: "uint32",
  [datatypes.UInt64]: "uint64",
  [datatypes.Float]: "float32",
  [datatypes.Double]: "float64",
  [datatypes.Boolean]: "bool",
  [datatypes.String]: "string",
};

/** The type that a metric had, by the datatype that it had on the wire. */
export function typeOfDatatype(datatype: Datatype | undefined): ValueType | undefined {
  return datatype === undefined ? undefined : typeNames[datatype];
}
