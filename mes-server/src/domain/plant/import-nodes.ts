import { isDeepStrictEqual } from "node:util";
import type { PlantProblem } from "@only-mes/protocols/plant/check-nodes";
import type { FiledNode, PlantNode, PlantPlace } from "@only-mes/protocols/plant/plant-nodes";
import { moved, retired } from "./moved.ts";

export interface ImportedNode {
  before: PlantNode | undefined;
  after: PlantNode;
}

/** What a file changes of the plant model; equipment that it does not name stays as it is. */
export interface PlantImport {
  changes: ImportedNode[];
  problems: PlantProblem[];
}

/** `atMs`: when what the file does not date takes place. */
export function importNodes(
  filed: readonly FiledNode[],
  plant: ReadonlyMap<string, PlantNode>,
  atMs: number,
): PlantImport {
  const result: PlantImport = { changes: [], problems: [] };
  for (const node of filed) {
    const before = plant.get(node.id);
    if (before === undefined) {
      result.changes.push({ before, after: plainNode(node) });
      continue;
    }
    if (before.level !== node.level) {
      const detail = `It is of level ${before.level}.`;
      result.problems.push({ code: "equipment_exists", id: node.id, field: "id", detail });
      continue;
    }
    const past = pastOf(node, before, atMs);
    if (past === undefined) {
      const detail = `Its past is kept as ${before.places.map(placeText).join(", ")}.`;
      result.problems.push({ code: "parents_overlap", id: node.id, field: "earlier", detail });
      continue;
    }
    const after: PlantNode = { ...plainNode(node), ...past, provisional: before.provisional };
    const isSame = isDeepStrictEqual(after, plainNode(before));
    if (isSame && node.provisional === before.provisional) continue;
    // Whatever somebody sets is confirmed by that.
    if (isSame && !before.provisional) continue;
    result.changes.push({ before, after: { ...after, provisional: false } });
  }
  return result;
}

function plainNode(node: PlantNode): PlantNode {
  const { id, level, name, zone, attributes, settings, provisional, retiredAtMs, places } = node;
  return { id, level, name, zone, attributes, settings, provisional, retiredAtMs, places };
}

type Past = Pick<PlantNode, "places" | "retiredAtMs">;

/** `undefined` if the file tells another past than the one that is kept. */
function pastOf(node: FiledNode, before: PlantNode, atMs: number): Past | undefined {
  const told: Past = { places: node.places, retiredAtMs: node.retiredAtMs };
  if (node.tellsPast) {
    // What only a birth has told is a guess, no past.
    return before.provisional || continues(node.places, before.places) ? told : undefined;
  }
  const parent = node.places.at(-1)?.parent;
  const last = before.places.at(-1);
  if (parent === undefined || last === undefined) return told;
  let now = before;
  if (node.retiredAtMs === null || parent !== last.parent) {
    now =
      before.provisional && parent !== last.parent
        ? { ...before, places: [...before.places.slice(0, -1), { ...last, parent }] }
        : moved(before, parent, atMs);
  }
  if (node.retiredAtMs !== null && node.retiredAtMs !== now.retiredAtMs) {
    now = retired(now, node.retiredAtMs);
  }
  return { places: now.places, retiredAtMs: now.retiredAtMs };
}

/** The same past, and what has come behind it since. */
function continues(places: readonly PlantPlace[], kept: readonly PlantPlace[]): boolean {
  return kept.every(({ parent, fromMs, toMs }, index) => {
    const place = places[index];
    const isSame = place?.parent === parent && place.fromMs === fromMs;
    return isSame && (place.toMs === toMs || toMs === null);
  });
}

export function placeText({ parent, fromMs, toMs }: PlantPlace): string {
  const from = fromMs === null ? "" : ` from ${isoOf(fromMs)}`;
  const to = toMs === null ? "" : ` to ${isoOf(toMs)}`;
  return `"${parent}"${from}${to}`;
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
