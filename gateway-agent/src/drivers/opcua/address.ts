import {
  formatOpcuaAddress,
  parseOpcuaAddress,
  type OpcuaAddress,
  type OpcuaNode,
} from "@only-mes/protocols/device-map/addresses";
import type { OpcuaEvent, OpcuaItem } from "@only-mes/protocols/device-map/opcua";
import type { OpcuaDevice, Tag, ValueType } from "@only-mes/protocols/device-map/schema";
import { samplingRule } from "../../sampling/rules.ts";

/** One tag of an OPC UA device, ready to be read, monitored or written. */
export interface OpcuaPoint {
  /** Index of the tag in its device. */
  readonly tag: number;
  readonly signal: string;
  readonly text: string;
  readonly address: OpcuaAddress;
  /** The node that it is of, or is a part of, as text. */
  readonly node: string;
  /** As the map says; the server's own if it does not. */
  readonly type: ValueType | undefined;
  readonly periodMs: number;
  /** A state that nobody heard is gone for ever; of a count or a measured value the next one is enough. */
  readonly isState: boolean;
  readonly source: PointSource;
}

type PointSource =
  | {
      readonly kind: "value";
      readonly item: OpcuaItem;
      readonly deadband: ItemDeadband | undefined;
    }
  | { readonly kind: "event"; readonly item: OpcuaItem; readonly event: EventSource }
  /** It has no value to read; a write calls it. */
  | { readonly kind: "method"; readonly of: OpcuaNode };

/** Roles whose values are codes of what the machine does. */
const codedRoles: ReadonlySet<Tag["role"]> = new Set(["machineState", "stopCode", "machineMode"]);

export interface EventSource extends OpcuaEvent {
  readonly typeNode: OpcuaNode;
}

/** As it is asked of the server (OPC UA Part 4, 7.22.2), of values before scaling. */
export interface ItemDeadband {
  readonly kind: "absolute" | "percent";
  readonly value: number;
}

/** @throws {Error} for a tag that the checks of the device map would have refused. */
export function opcuaPoints(device: OpcuaDevice): OpcuaPoint[] {
  const inputs = new Set((device.derived ?? []).flatMap((one) => Object.values(one.inputs)));
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
      node: formatOpcuaAddress({ ...address, path: [] }),
      type: tag.type,
      periodMs: tag.periodMs ?? device.periodMs,
      isState: codedRoles.has(tag.role),
      source: sourceOf(tag, device, inputs.has(tag.signal)),
    };
  });
}

/**
 * The NodeId in this session, as text: indexes of namespaces move when a server is changed, its URIs
 * do not. `undefined` if the server has no such namespace.
 */
export function nodeIdIn(namespaces: readonly string[], node: OpcuaNode): string | undefined {
  const { namespace, identifier } = node;
  const index = "uri" in namespace ? namespaces.indexOf(namespace.uri) : namespace.index;
  return index < 0 ? undefined : `ns=${index};${identifier.kind}=${identifier.value}`;
}

function sourceOf(tag: Tag, device: OpcuaDevice, isInput: boolean): PointSource {
  if (tag.method !== undefined) return { kind: "method", of: nodeOf(tag.method, tag.signal) };
  const item = { ...device.item, ...tag.item };
  if (tag.event !== undefined) {
    const event = { ...tag.event, typeNode: nodeOf(tag.event.type, tag.signal) };
    return { kind: "event", item, event };
  }
  return {
    kind: "value",
    item,
    deadband: deadbandOf(tag, item, isInput ? 0 : ownDeadband(tag, device)),
  };
}

function nodeOf(text: string, signal: string): OpcuaNode {
  const node = parseOpcuaAddress(text);
  if (node === undefined) throw new Error(`tag ${signal} was not checked: ${text}`);
  return node;
}

/**
 * A server reports what changed by *more* than the deadband, the sampler what changed by as much: so
 * the server is asked for a hair less, and the sampler decides.
 */
const hair = 1 - 2 ** -20;

/** `own`: that of the tag, if the map says none for the item. */
function deadbandOf(tag: Tag, item: OpcuaItem, own: number): ItemDeadband | undefined {
  if (tag.role !== "analog" || tag.type === "bool" || tag.type === "string") return undefined;
  if (typeof item.deadband === "string") {
    return { kind: "percent", value: Number.parseFloat(item.deadband) };
  }
  const value = (item.deadband ?? own) * hair;
  return value > 0 ? { kind: "absolute", value } : undefined;
}

/** Before scaling. What others are worked out from is told of every change, and has none here. */
function ownDeadband(tag: Tag, device: OpcuaDevice): number {
  const { deadband, factor } = samplingRule(tag, device);
  return deadband.kind === "absolute" && factor !== 0 ? deadband.width / Math.abs(factor) : 0;
}
