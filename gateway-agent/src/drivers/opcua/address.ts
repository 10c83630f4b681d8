import { parseOpcuaAddress, type OpcuaAddress } from "@only-mes/protocols/device-map/addresses";
import type { OpcuaDevice, ValueType } from "@only-mes/protocols/device-map/schema";

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
  /** A state that nobody heard is gone for ever; of a count or a measured value the next one is enough. */
  readonly isState: boolean;
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
      isState: tag.role === "machineState" || tag.role === "stopCode",
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
