import { isDeepStrictEqual } from "node:util";
import type { PlantNode } from "@only-mes/protocols/plant/plant-nodes";
import { isoOf, placeText, type ImportedNode } from "./import-nodes.ts";

/** What changes of a piece of equipment, in a line for a person. */
export function diffText({ before, after }: ImportedNode): string {
  const name = `${after.level} ${after.id}`;
  if (before === undefined) {
    const under = after.places.at(-1)?.parent;
    return `+ ${name} "${after.name}"${under === undefined ? "" : ` under ${under}`}`;
  }
  return `~ ${name}: ${differences(before, after).join("; ")}`;
}

function differences(before: PlantNode, after: PlantNode): string[] {
  const found: string[] = [];
  if (before.provisional && !after.provisional) found.push("confirmed");
  if (before.name !== after.name) found.push(`name "${before.name}" -> "${after.name}"`);
  if (before.zone !== after.zone)
    found.push(`zone ${before.zone ?? "none"} -> ${after.zone ?? "none"}`);
  if (!isDeepStrictEqual(before.attributes, after.attributes)) {
    found.push(...changedKeys("attribute", before.attributes, after.attributes));
  }
  if (!isDeepStrictEqual(before.settings, after.settings)) {
    found.push(...changedKeys("setting", { ...before.settings }, { ...after.settings }));
  }
  if (before.retiredAtMs !== after.retiredAtMs) {
    found.push(
      after.retiredAtMs === null ? "reinstated" : `retired at ${isoOf(after.retiredAtMs)}`,
    );
  }
  const [from, to] = [before.places.at(-1), after.places.at(-1)];
  if (to !== undefined && (from?.parent !== to.parent || from.fromMs !== to.fromMs)) {
    found.push(`under ${from === undefined ? "nothing" : placeText(from)} -> ${placeText(to)}`);
  }
  return found;
}

function changedKeys(
  what: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => before[key] !== after[key])
    .map((key) => `${what} ${key} ${text(before[key])} -> ${text(after[key])}`);
}

function text(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
