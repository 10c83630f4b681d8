import { parseOpcuaAddress, type OpcuaAddress } from "@only-mes/protocols/device-map/addresses";
import type { OpcuaDevice, ValueType } from "@only-mes/protocols/device-map/schema";
import { DataType } from "node-opcua-client";

/** One tag of an OPC UA device, ready to be monitored. */
export interface OpcuaPoint {
  /** Index of the tag in its device. */
  readonly tag: number;
  readonly signal: string;
  readonly text: string;
  readonly address: OpcuaAddress;
  /** As the map says; the server's own if it does not. */
  readonly type: ValueType | undefined;
  readonly periodMs: number;
}

/** @throws {Error} for a tag that the checks of the device map would have refused. */
export function opcuaPoints(device: OpcuaDevice): OpcuaPoint[] {
  return device.tags.map((tag, index) => {
    const address = parseOpcuaAddress(tag.address);
    if (address === undefined) {
      throw new Error(`tag ${tag.signal} of ${device.id} was not checked: ${tag.address}`);
    }
    return {
      tag: index,
      signal: tag.signal,
      text: tag.address,
      address,
      type: tag.type,
      periodMs: tag.periodMs ?? device.periodMs,
    };
  });
}

/**
 * The NodeId in this session, as text: indexes of namespaces move when a server is changed, its URIs
 * do not. `undefined` if the server has no such namespace.
 */
export function nodeIdIn(namespaces: readonly string[], address: OpcuaAddress): string | undefined {
  const { namespace, identifier } = address;
  const index = "uri" in namespace ? namespaces.indexOf(namespace.uri) : namespace.index;
  return index < 0 ? undefined : `ns=${index};${identifier.kind}=${identifier.value}`;
}

/** `undefined` for types that a signal cannot have, such as structures. */
export function valueTypeOf(dataType: DataType): ValueType | undefined {
  switch (dataType) {
    case DataType.Boolean:
      return "bool";
    case DataType.SByte:
      return "int8";
    case DataType.Byte:
      return "uint8";
    case DataType.Int16:
      return "int16";
    case DataType.UInt16:
      return "uint16";
    case DataType.Int32:
      return "int32";
    case DataType.UInt32:
      return "uint32";
    case DataType.Int64:
      return "int64";
    case DataType.UInt64:
      return "uint64";
    case DataType.Float:
      return "float32";
    case DataType.Double:
      return "float64";
    case DataType.String:
    case DataType.LocalizedText:
      return "string";
    default:
      return undefined;
  }
}
