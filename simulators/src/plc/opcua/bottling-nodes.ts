import { packmlStates, type PackmlState } from "@only-mes/protocols/plant/machine-state";
import type { NodeDesign, NodeType } from "./server.ts";

/** The OPC UA server of the bottling line: `s=<Unit>.<Signal>`, such as `s=Filler.GoodCount`. */
export const bottlingNamespaceUri = "urn:northwind:lakeside:bottling";

/** The vendor numbers the states in the order of PackML, from 1. */
export function bottlingStateCode(state: PackmlState): number {
  return packmlStates.indexOf(state) + 1;
}

export const bottlingUnits = ["filler", "capper", "labeller", "packer"] as const;

const everyUnit: [name: string, type: NodeType][] = [
  ["State", "Int32"],
  ["StopCode", "Int32"],
  ["GoodCount", "UInt32"],
  ["ScrapCount", "UInt32"],
  ["Product", "String"],
];

const measured: [unit: string, name: string, type: NodeType, engineeringUnit: string][] = [
  ["filler", "FillTemperature", "Double", "°C"],
  ["filler", "BowlPressure", "Float", "bar"],
  ["capper", "ClosingTorque", "Float", "Nm"],
  ["labeller", "GlueTemperature", "Float", "°C"],
  ["labeller", "WebTension", "Float", "N"],
  ["packer", "AirPressure", "Float", "bar"],
];

export const bottlingNodes: NodeDesign[] = bottlingUnits.flatMap((unit) => [
  ...everyUnit.map(([name, type]) => ({ folder: folderOf(unit), name, type })),
  ...measured
    .filter(([of]) => of === unit)
    .map(([, name, type, engineeringUnit]) => ({
      folder: folderOf(unit),
      name,
      type,
      engineeringUnit,
    })),
]);

export const measuredNodes = measured.map(([unit, name]) => ({ unit, name }));

export function nodeIdOf(unit: string, name: string): string {
  return `s=${folderOf(unit)}.${name}`;
}

function folderOf(unit: string): string {
  return `${unit.charAt(0).toUpperCase()}${unit.slice(1)}`;
}
