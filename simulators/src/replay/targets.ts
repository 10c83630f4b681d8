import { packmlStates, type PackmlState } from "@only-mes/protocols/plant/machine-state";
import {
  pressStateCodes,
  type MeterView,
  type PressView,
} from "../plc/modbus/lakeside-registers.ts";
import {
  bottlingNodes,
  bottlingStateCode,
  bottlingUnits,
  nodeIdOf,
} from "../plc/opcua/bottling-nodes.ts";
import type { NodeDesign, NodeType, NodeValue } from "../plc/opcua/server.ts";
import { LogError, type LogEntry } from "./recorded-log.ts";

/** What a replay shows on Modbus, changed by its entries. */
export interface ModbusViews {
  presses: Record<"press-a" | "press-b", PressView>;
  meter: MeterView;
}

/** One value of a PLC, and what of a log it takes. */
export type Target =
  | { to: "node"; nodeId: string; read: ReadText }
  | {
      to: "view";
      read: ReadText;
      set: (views: ModbusViews, value: NodeValue, atMs: number) => void;
    };

/** Answers the value, or what would be allowed. */
export type ReadText = (text: string) => { value: NodeValue } | { allowed: string };

/** The PLC value of each signal in the log, and the nodes that must be added for unknown ones. */
export function findTargets(entries: readonly LogEntry[]): {
  targetOf: (entry: LogEntry) => Target | undefined;
  moreNodes: NodeDesign[];
} {
  const moreNodes: NodeDesign[] = [];
  const targets = new Map<string, Target>();
  for (const [key, ofSignal] of Map.groupBy(entries, keyOf)) {
    const [first] = ofSignal;
    if (first === undefined) continue;
    const known = bottlingTarget(first) ?? pressTarget(first) ?? meterTarget(first);
    targets.set(key, known ?? newNode(first, ofSignal, moreNodes));
  }
  return { targetOf: (entry) => targets.get(keyOf(entry)), moreNodes };
}

/** @throws {LogError} if the value is not allowed there. */
export function readValue(file: string, entry: LogEntry, target: Target): NodeValue {
  const read = target.read(entry.text);
  if ("value" in read) return read.value;
  throw new LogError(
    file,
    entry.line,
    entry.column,
    `"${entry.text}" cannot be ${entry.unit} ${entry.signal}; allowed is ${read.allowed}`,
  );
}

function keyOf({ unit, signal }: LogEntry): string {
  return `${unit}\n${signal}`;
}

/** `bottling-1.filler` and `filler` are the same unit, `good-count` and `GoodCount` the same signal. */
function unitOf(entry: LogEntry, line: string): string {
  const unit = entry.unit.toLowerCase();
  return unit.startsWith(`${line}.`) ? unit.slice(line.length + 1) : unit;
}

function plain(name: string): string {
  return name.replaceAll(/[-_]/g, "").toLowerCase();
}

function bottlingTarget(entry: LogEntry): Target | undefined {
  const unit = bottlingUnits.find((id) => id === unitOf(entry, "bottling-1"));
  if (unit === undefined) return undefined;
  const node = bottlingNodes.find(
    ({ folder, name }) => plain(folder) === unit && plain(name) === plain(entry.signal),
  );
  if (node === undefined) return undefined;
  const read =
    node.name === "State" ? stateText(packmlStates, bottlingStateCode) : typed(node.type);
  return { to: "node", nodeId: nodeIdOf(unit, node.name), read };
}

function pressTarget(entry: LogEntry): Target | undefined {
  const unit = unitOf(entry, "stamping-1");
  if (unit !== "press-a" && unit !== "press-b") return undefined;
  const press = (set: (view: PressView, value: never, atMs: number) => void) => {
    return (views: ModbusViews, value: NodeValue, atMs: number) =>
      set(views.presses[unit], value as never, atMs);
  };
  const target = (read: ReadText, set: (view: PressView, value: never, atMs: number) => void) => {
    return { to: "view" as const, read, set: press(set) };
  };
  switch (plain(entry.signal)) {
    case "goodcount":
      return target(whole(0, 0xffff), (view, value) => (view.goodCount = value));
    case "scrapcount":
      return target(whole(0, 0xffff), (view, value) => (view.scrapCount = value));
    case "state":
      return target(
        stateText(pressStates, (state) => state),
        (view, value, atMs) => {
          if (view.state !== value) view.stateChangedAtMs = atMs;
          view.state = value;
        },
      );
    case "stopcode":
      return target(whole(0, 0xffff), (view, value) => (view.stopCode = value));
    case "strokes":
      return target(whole(0, 0xffff_ffff), (view, value) => (view.strokes = value));
    case "tonnage":
      return target(anyNumber, (view, value) => (view.tonnage = value));
    case "oiltemperature":
      return target(within(-3276.8, 3276.7), (view, value) => (view.oilTemperature = value));
    case "guardclosed":
      return target(truth, (view, value) => (view.guardClosed = value));
    case "lubricationok":
      return target(truth, (view, value) => (view.lubricationOk = value));
    case "die":
      return target(shortText(16), (view, value) => (view.die = value));
    default:
      return undefined;
  }
}

function meterTarget(entry: LogEntry): Target | undefined {
  if (unitOf(entry, "bottling-1") !== "filler") return undefined;
  switch (plain(entry.signal)) {
    case "power":
      return {
        to: "view",
        read: anyNumber,
        set: ({ meter }, value) => (meter.powerKw = Number(value)),
      };
    case "energy":
      return {
        to: "view",
        read: within(0, Number.MAX_SAFE_INTEGER),
        set: ({ meter }, value) => (meter.wattHours = Number(value)),
      };
    default:
      return undefined;
  }
}

/** A node of its own; what all of its values are, it is. */
function newNode(entry: LogEntry, all: readonly LogEntry[], moreNodes: NodeDesign[]): Target {
  const { unit, signal } = entry;
  const read = [
    { type: "Int32", read: stateText(packmlStates, bottlingStateCode) },
    { type: "Boolean", read: truth },
    { type: "UInt32", read: whole(0, 0xffff_ffff) },
    { type: "Double", read: anyNumber },
    { type: "String", read: shortText(4096) },
  ].find(({ read }) => all.every(({ text }) => "value" in read(text)));
  const type = (read?.type ?? "String") as NodeType;
  moreNodes.push({ folder: unit, name: signal, type });
  return { to: "node", nodeId: `s=${unit}.${signal}`, read: read?.read ?? shortText(4096) };
}

const pressStates = packmlStates.filter((state) => pressStateCodes[state] !== undefined);

function stateText(
  states: readonly PackmlState[],
  value: (state: PackmlState) => NodeValue,
): ReadText {
  return (text) => {
    const state = states.find((name) => name.toLowerCase() === text.toLowerCase());
    return state === undefined ? { allowed: states.join(", ") } : { value: value(state) };
  };
}

function typed(type: NodeType): ReadText {
  switch (type) {
    case "Int32":
      return whole(-0x8000_0000, 0x7fff_ffff);
    case "UInt32":
      return whole(0, 0xffff_ffff);
    case "Float":
    case "Double":
      return anyNumber;
    case "Boolean":
      return truth;
    case "String":
      return shortText(4096);
  }
}

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

const anyNumber: ReadText = (text) =>
  decimal.test(text) ? { value: Number(text) } : { allowed: "a number with a decimal point" };

function within(least: number, most: number): ReadText {
  return (text) => {
    const value = decimal.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? { value }
      : { allowed: `a number from ${least} to ${most}` };
  };
}

function whole(least: number, most: number): ReadText {
  return (text) => {
    const value = decimal.test(text) ? Number(text) : Number.NaN;
    return Number.isInteger(value) && value >= least && value <= most
      ? { value }
      : { allowed: `a whole number from ${least} to ${most}` };
  };
}

const truth: ReadText = (text) => {
  if (/^(true|false)$/i.test(text)) return { value: text.toLowerCase() === "true" };
  return { allowed: "true or false" };
};

function shortText(charactersMax: number): ReadText {
  return (text) =>
    text.length <= charactersMax
      ? { value: text }
      : { allowed: `a text of at most ${charactersMax} characters` };
}
