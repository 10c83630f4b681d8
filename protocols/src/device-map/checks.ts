import {
  modbusAddressAllowed,
  opcuaAddressAllowed,
  parseModbusAddress,
  parseOpcuaAddress,
  type ModbusAddress,
} from "./addresses.ts";
import { checkWrite } from "./check-write.ts";
import type { Finding } from "./explain.ts";
import type { Device, DeviceMap, ModbusDevice, Tag } from "./schema.ts";
import { bitsOfType, isInteger, registersOf } from "./value-types.ts";

type Path = readonly PropertyKey[];

/** What the schema alone cannot see: names that must meet, and fields that belong together. */
export function checkDeviceMap(map: DeviceMap): Finding[] {
  return [
    ...duplicates(
      map.lines.map(({ id }, index) => ({ id, path: ["lines", index, "id"] })),
      "line",
    ),
    ...map.lines.flatMap(({ id, units }, line) =>
      duplicates(
        units.map((unit, index) => ({ id: unit.id, path: ["lines", line, "units", index, "id"] })),
        `unit of line "${id}"`,
      ),
    ),
    ...duplicates(
      map.devices.map(({ id }, index) => ({ id, path: ["devices", index, "id"] })),
      "device",
    ),
    ...duplicateSignals(map),
    ...map.devices.flatMap((device, index) => checkDevice(map, device, ["devices", index])),
  ];
}

function duplicates(named: { id: string; path: Path }[], what: string): Finding[] {
  const seen = new Set<string>();
  return named.flatMap(({ id, path }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path, message: `a second ${what} is called "${id}"`, allowed: "each id once" }];
  });
}

/** A signal belongs to one tag of one device, over all devices of its line. */
function duplicateSignals(map: DeviceMap): Finding[] {
  const owners = new Map<string, string>();
  return map.devices.flatMap((device, deviceIndex) =>
    device.tags.flatMap((tag, tagIndex) => {
      const signal = `${device.line}.${tag.signal}`;
      const owner = owners.get(signal);
      owners.set(signal, owner ?? device.id);
      if (owner === undefined) return [];
      return [
        {
          path: ["devices", deviceIndex, "tags", tagIndex, "signal"],
          message: `"${tag.signal}" of line "${device.line}" is already a tag of device "${owner}"`,
          allowed: "each signal of a line in one tag",
        },
      ];
    }),
  );
}

function checkDevice(map: DeviceMap, device: Device, path: Path): Finding[] {
  const line = map.lines.find(({ id }) => id === device.line);
  const unknownLine: Finding[] =
    line === undefined
      ? [
          {
            path: [...path, "line"],
            message: `there is no line "${device.line}"`,
            allowed: map.lines.map(({ id }) => id).join(", "),
          },
        ]
      : [];
  const units = line?.units.map(({ id }) => id);
  return [
    ...unknownLine,
    ...device.tags.flatMap((tag, index) => {
      const tagPath = [...path, "tags", index];
      return [
        ...checkUnit(tag, tagPath, units),
        ...checkMeaning(tag, tagPath),
        ...checkWrite(device, tag, tagPath),
        ...(device.driver === "modbus"
          ? checkModbusTag(device, tag, tagPath)
          : checkOpcuaTag(tag, tagPath)),
      ];
    }),
  ];
}

function checkUnit(tag: Tag, path: Path, units: string[] | undefined): Finding[] {
  const unit = tag.signal.split("/")[0] ?? "";
  if (units === undefined || units.includes(unit)) return [];
  return [
    {
      path: [...path, "signal"],
      message: `its line has no unit "${unit}"`,
      allowed: units.map((id) => `${id}/…`).join(", "),
    },
  ];
}

const counterRoles: ReadonlySet<string> = new Set(["goodCount", "scrapCount"]);

function checkMeaning(tag: Tag, path: Path): Finding[] {
  const findings: Finding[] = [];
  const codes = Object.keys(tag.states ?? {});
  if (tag.role === "machineState" && codes.length === 0) {
    findings.push({
      path,
      message: "a machineState has no states",
      allowed: "states: a mapping from each code of the machine to its PackML state",
    });
  }
  if (tag.role !== "machineState" && tag.states !== undefined) {
    findings.push({
      path: [...path, "states"],
      message: `states of a ${tag.role}`,
      allowed: "states with role machineState only",
    });
  }
  if (counterRoles.has(tag.role)) findings.push(...checkCounter(tag, path));
  if (tag.scale !== undefined && (tag.type === "bool" || tag.type === "string")) {
    findings.push({
      path: [...path, "scale"],
      message: `scale of a ${tag.type}`,
      allowed: "scale with numbers only",
    });
  }
  return findings;
}

function checkCounter(tag: Tag, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (tag.type !== undefined && !isInteger(tag.type)) {
    findings.push({
      path: [...path, "type"],
      message: `a ${tag.role} of type ${tag.type}`,
      allowed: "int8 to int64, uint8 to uint64",
    });
  }
  if (tag.scale !== undefined) {
    findings.push({
      path: [...path, "scale"],
      message: `a ${tag.role} with scale: it counts pieces, and rolls over at its width`,
      allowed: "a counter without scale",
    });
  }
  return findings;
}

function checkOpcuaTag(tag: Tag, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (parseOpcuaAddress(tag.address) === undefined) {
    findings.push({
      path: [...path, "address"],
      message: `"${tag.address}" is no OPC UA NodeId`,
      allowed: opcuaAddressAllowed,
    });
  }
  for (const field of ["order", "length", "sourceTime"] as const) {
    if (tag[field] === undefined) continue;
    findings.push({
      path: [...path, field],
      message: `${field} belongs to Modbus`,
      allowed: "no such field: OPC UA brings its own",
    });
  }
  return findings;
}

function checkModbusTag(device: ModbusDevice, tag: Tag, path: Path): Finding[] {
  const address = parseModbusAddress(tag.address);
  if (address === undefined) {
    return [
      {
        path: [...path, "address"],
        message: `"${tag.address}" is no Modbus address`,
        allowed: modbusAddressAllowed,
      },
    ];
  }
  if (tag.type === undefined) {
    return [
      {
        path,
        message: "a Modbus tag has no type",
        allowed: "type: bool, int8 to int64, uint8 to uint64, float32, float64 or string",
      },
    ];
  }
  const findings = [
    ...checkModbusType(tag, tag.type, address, path),
    ...checkExtent(device, tag, address, path),
  ];
  return findings;
}

function checkModbusType(
  tag: Tag,
  type: NonNullable<Tag["type"]>,
  address: ModbusAddress,
  path: Path,
): Finding[] {
  const findings: Finding[] = [];
  const isBit =
    address.table === "coil" || address.table === "discrete" || address.bit !== undefined;
  if (isBit !== (type === "bool")) {
    findings.push({
      path: [...path, "type"],
      message: `${tag.address} is ${isBit ? "one bit" : "a register"}, not a ${type}`,
      allowed: isBit
        ? "type: bool"
        : "a numeric type or string; or a bit of the register, such as holding:100.4",
    });
  }
  if (type === "string" && tag.length === undefined) {
    findings.push({ path, message: "a string has no length", allowed: "length: 1 to 250" });
  }
  if (type !== "string" && tag.length !== undefined) {
    findings.push({
      path: [...path, "length"],
      message: `length of a ${type}`,
      allowed: "length with type string only",
    });
  }
  if (tag.order !== undefined && bitsOfType[type] < 32) {
    findings.push({
      path: [...path, "order"],
      message: `order of a ${type}`,
      allowed: "order with 32 and 64 bits only",
    });
  }
  return findings;
}

/** A value, and its source time beside it, must fit into one request. */
function checkExtent(
  device: ModbusDevice,
  tag: Tag,
  address: ModbusAddress,
  path: Path,
): Finding[] {
  const isRegister = address.table === "holding" || address.table === "input";
  const words = isRegister ? registersOf(tag.type ?? "uint16", tag.length) : 1;
  const cap = isRegister ? device.maxRegisters : device.maxBits;
  let first = address.offset;
  let end = address.offset + words;
  if (tag.sourceTime !== undefined) {
    const time = parseModbusAddress(tag.sourceTime);
    if (
      time === undefined ||
      time.bit !== undefined ||
      time.table !== address.table ||
      !isRegister
    ) {
      return [
        {
          path: [...path, "sourceTime"],
          message: `"${tag.sourceTime}" cannot be read in one request with ${tag.address}`,
          allowed: "four registers of the same table as the value, such as holding:4",
        },
      ];
    }
    first = Math.min(first, time.offset);
    end = Math.max(end, time.offset + 4);
  }
  if (end > 65_536) {
    return [
      {
        path: [...path, "address"],
        message: `it ends at ${end - 1}, beyond the last address`,
        allowed: "addresses up to 65535",
      },
    ];
  }
  if (end - first > cap) {
    return [
      {
        path: [...path, tag.sourceTime === undefined ? "address" : "sourceTime"],
        message: `one request would have to read ${end - first} registers`,
        allowed: `at most ${cap}, as maxRegisters of the device says`,
      },
    ];
  }
  return [];
}
