import {
  modbusDevice,
  opcuaDevice,
  type Device,
  type ModbusDevice,
  type OpcuaDevice,
} from "@only-mes/protocols/device-map/schema";
import { CallError, meant } from "./command.ts";
import { readMap } from "./read-map.ts";

export interface Target<D extends Device> {
  readonly device: D;
  /** What is left of the arguments. */
  readonly rest: readonly string[];
  /** In the map; `false` if it was named by its endpoint only. */
  readonly isMapped: boolean;
}

/** The device that the arguments begin with: an endpoint, or a device map and one of its devices. */
export function modbusTarget(args: readonly string[], settings: object): Target<ModbusDevice> {
  const [first = "", ...rest] = args;
  if (!isEndpoint(first)) return mapped(args, "modbus", settings);
  return { device: modbusAt(first, settings), rest, isMapped: false };
}

export function opcuaTarget(args: readonly string[], settings: object): Target<OpcuaDevice> {
  const [first = "", ...rest] = args;
  if (!isEndpoint(first)) return mapped(args, "opcua", settings);
  return { device: opcuaAt(first, settings), rest, isMapped: false };
}

/** A device with nothing but its endpoint, and the defaults of the schema. @throws {CallError} */
export function modbusAt(endpoint: string, settings: object): ModbusDevice {
  const address = { address: "holding:0", type: "uint16" };
  return parsed(modbusDevice.safeParse(bare("modbus", endpoint, address, settings)), endpoint);
}

/** @throws {CallError} */
export function opcuaAt(endpoint: string, settings: object): OpcuaDevice {
  const address = { address: "i=2258" };
  return parsed(opcuaDevice.safeParse(bare("opcua", endpoint, address, settings)), endpoint);
}

function isEndpoint(text: string): boolean {
  return /^[a-z][a-z+.]*:\/\//.test(text);
}

function bare(driver: string, endpoint: string, address: object, settings: object) {
  const tags = [{ signal: "inspected/value", ...address }];
  return { id: "inspected", line: "inspected", driver, endpoint, tags, ...settings };
}

function parsed<D>(
  result: { success: true; data: D } | { success: false; error: { issues: Issue[] } },
  endpoint: string,
): D {
  if (result.success) return result.data;
  const why = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new CallError(`${endpoint}: ${why.join("; ")}.`);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A map with one device of the driver needs no name for it. */
function mapped<Name extends Device["driver"]>(
  [file = "", ...rest]: readonly string[],
  driver: Name,
  settings: object,
): Target<Extract<Device, { driver: Name }>> {
  const read = readMap(file);
  if (read.unreadable !== undefined) throw new CallError(`${read.unreadable}.`);
  const { map } = read.parsed;
  if (map === undefined) {
    throw new CallError(`${file} has problems; npm run inspect -- validate ${file} shows them.`);
  }
  const fitting = map.devices.filter(
    (device): device is Extract<Device, { driver: Name }> => device.driver === driver,
  );
  const [name] = rest;
  const named = fitting.find(({ id }) => id === name);
  if (named !== undefined) {
    return { device: { ...named, ...settings }, rest: rest.slice(1), isMapped: true };
  }
  const ids = fitting.map(({ id }) => id);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) {
    return { device: { ...only, ...settings }, rest, isMapped: true };
  }
  const hint = name === undefined ? "" : meant(name, ids);
  const has = ids.length === 0 ? `no ${driver} device` : `the ${driver} devices ${ids.join(", ")}`;
  throw new CallError(`${file} has ${has}; name one of them behind it.${hint}`);
}
