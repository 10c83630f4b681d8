import { modbusAddressAllowed, parseModbusAddress, type ModbusAddress } from "./addresses.ts";
import type { Finding } from "../yaml/explain-issue.ts";
import { valueTypes, type Device, type ModbusDevice, type Tag } from "./schema.ts";
import { ordersOf, registersOf } from "./value-types.ts";

type Path = readonly PropertyKey[];

/** What the schema cannot see of Modbus devices, and of those that share a bus. */
export function checkModbusBuses(devices: readonly Device[]): Finding[] {
  return [...devices.flatMap(checkUnitId), ...checkSerial(devices)];
}

function checkUnitId(device: Device, index: number): Finding[] {
  if (device.driver !== "modbus" || device.endpoint.startsWith("tcp:")) return [];
  if (device.unitId >= 1 && device.unitId <= 247) return [];
  return [
    {
      path: ["devices", index, "unitId"],
      message: `unit ${device.unitId} of an RTU line${device.unitId === 0 ? ": a broadcast, which nobody answers" : ""}`,
      allowed: "1 to 247",
    },
  ];
}

/** Devices of one endpoint are units of one bus: each has its own id, and the wire one setting. */
function checkSerial(devices: readonly Device[]): Finding[] {
  const first = new Map<string, ModbusDevice>();
  return devices.flatMap((device, index) => {
    if (device.driver !== "modbus") return [];
    if (device.serial !== undefined && !device.endpoint.startsWith("serial:")) {
      return [
        {
          path: ["devices", index, "serial"],
          message: `serial of ${device.endpoint}`,
          allowed: "serial with an endpoint such as serial:///dev/ttyUSB0 only",
        },
      ];
    }
    const other = first.get(device.endpoint);
    if (other === undefined) {
      first.set(device.endpoint, device);
      return [];
    }
    if (JSON.stringify(other.serial) === JSON.stringify(device.serial)) return [];
    return [
      {
        path: ["devices", index, "serial"],
        message: `device "${other.id}" has other settings for ${device.endpoint}`,
        allowed: `the same for all devices of one line: ${JSON.stringify(other.serial ?? "none")}`,
      },
    ];
  });
}

export function checkModbusTag(device: ModbusDevice, tag: Tag, path: Path): Finding[] {
  const address = parseModbusAddress(tag.address, device.addressBase);
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
        allowed: `type: ${valueTypes.join(", ")}`,
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
  if (type !== "string" && tag.fill !== undefined) {
    findings.push({
      path: [...path, "fill"],
      message: `fill of a ${type}`,
      allowed: "fill with type string only",
    });
  }
  const orders = ordersOf(type);
  if (tag.order !== undefined && !orders.includes(tag.order)) {
    findings.push({
      path: [...path, "order"],
      message: `order ${tag.order} of a ${type}`,
      allowed: orders.length > 0 ? orders.join(", ") : "no order: a bit has none",
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
    const time = parseModbusAddress(tag.sourceTime, device.addressBase);
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
