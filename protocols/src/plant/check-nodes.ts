import { parentLevels } from "./plant-model.ts";
import type { PlantNode, PlantPlace } from "./plant-nodes.ts";

/** What is wrong with one piece of equipment; the codes are those of docs/errors.md. */
export interface PlantProblem {
  code:
    | "equipment_exists"
    | "equipment_id_unfit"
    | "equipment_field_unfit"
    | "parent_unknown"
    | "parent_level_unfit"
    | "equipment_cycle"
    | "parents_overlap"
    | "move_in_future"
    | "equipment_retired"
    | "equipment_in_use";
  id: string;
  /** Of the node in a file or a request. */
  field: "id" | "parent" | "zone" | "settings" | "since" | "earlier" | "retired";
  detail: string;
}

export type PlantNodes = ReadonlyMap<string, PlantNode>;

/** Of the nodes that are asked for, in a plant of which they are part. */
export function checkNodes(
  of: readonly PlantNode[],
  plant: PlantNodes,
  nowMs: number,
): PlantProblem[] {
  const childrenNow = Map.groupBy(
    [...plant.values()].filter(({ retiredAtMs }) => retiredAtMs === null),
    ({ places }) => places.at(-1)?.parent ?? "",
  );
  return of.flatMap((node) => [
    ...checkFields(node),
    ...checkPast(node, nowMs),
    ...node.places.flatMap((place, index) =>
      checkPlace(node, place, plant, index < node.places.length - 1 ? "earlier" : "parent"),
    ),
    ...checkRetired(node, childrenNow.get(node.id) ?? []),
  ]);
}

function checkFields({ id, level, zone, settings }: PlantNode): PlantProblem[] {
  const problems: PlantProblem[] = [];
  const code = "equipment_field_unfit";
  if (zone !== null && level !== "site") {
    problems.push({ code, id, field: "zone", detail: `"${id}" is of level ${level}.` });
  }
  if (Object.keys(settings).length > 0 && level !== "unit") {
    problems.push({ code, id, field: "settings", detail: `"${id}" is of level ${level}.` });
  }
  return problems;
}

function checkPlace(
  { id, level, retiredAtMs }: PlantNode,
  { parent, toMs }: PlantPlace,
  plant: PlantNodes,
  field: "parent" | "earlier",
): PlantProblem[] {
  const above = plant.get(parent);
  if (above === undefined) {
    return [{ code: "parent_unknown", id, field, detail: `There is no "${parent}".` }];
  }
  if (parent === id || lineageOf(parent, plant).includes(id)) {
    return [{ code: "equipment_cycle", id, field, detail: `"${parent}" lies under "${id}".` }];
  }
  if (!parentLevels[level].includes(above.level)) {
    const detail = `"${id}" is of level ${level}, "${parent}" of level ${above.level}.`;
    return [{ code: "parent_level_unfit", id, field, detail }];
  }
  if (!idFits(id, level, parent)) {
    return [{ code: "equipment_id_unfit", id, field: "id", detail: `"${id}" under "${parent}".` }];
  }
  if (above.retiredAtMs !== null && retiredAtMs === null && toMs === null) {
    return [{ code: "equipment_retired", id, field, detail: `"${parent}" is.` }];
  }
  return [];
}

/** What it lies under now, the nearest first. */
function lineageOf(id: string, plant: PlantNodes): string[] {
  const lineage: string[] = [];
  for (let at = plant.get(id); at !== undefined; at = plant.get(lineage.at(-1) ?? "")) {
    const parent = at.places.at(-1)?.parent;
    if (parent === undefined || lineage.includes(parent)) break;
    lineage.push(parent);
  }
  return lineage;
}

function idFits(id: string, level: PlantNode["level"], parent: string): boolean {
  switch (level) {
    case "enterprise":
    case "line":
      return !/[./]/.test(id);
    case "site":
    case "area":
      return id.slice(0, id.lastIndexOf("/")) === parent;
    case "cell":
    case "unit":
      return id.includes(".") && id.split(".")[0] === parent.split(".")[0];
  }
}

/** One place at a time, none of it in the future, and an end only where it was moved or retired. */
function checkPast({ id, level, places, retiredAtMs }: PlantNode, nowMs: number): PlantProblem[] {
  if (level === "enterprise") return [];
  const last = places.at(-1);
  if (last === undefined) {
    return [{ code: "parent_unknown", id, field: "parent", detail: `"${id}" has none.` }];
  }
  const newestMs = Math.max(last.fromMs ?? -Infinity, retiredAtMs ?? -Infinity);
  if (newestMs > nowMs) {
    const field = newestMs === retiredAtMs ? "retired" : "since";
    return [
      { code: "move_in_future", id, field, detail: `${isoOf(newestMs)} is after ${isoOf(nowMs)}.` },
    ];
  }
  const overlap = (field: PlantProblem["field"], detail: string): PlantProblem[] => [
    { code: "parents_overlap", id, field, detail },
  ];
  for (const [index, { parent, fromMs, toMs }] of places.entries()) {
    const next = places[index + 1];
    const field = next === undefined ? "since" : "earlier";
    if (fromMs !== null && toMs !== null && fromMs >= toMs) {
      return overlap(field, `It lies under "${parent}" from ${isoOf(fromMs)} to ${isoOf(toMs)}.`);
    }
    if (next === undefined) continue;
    if (toMs === null || next.fromMs === null || next.fromMs < toMs) {
      const begin = next.fromMs === null ? "the beginning" : isoOf(next.fromMs);
      const end = toMs === null ? "now" : isoOf(toMs);
      return overlap(
        index + 2 === places.length ? "since" : "earlier",
        `It lies under "${next.parent}" from ${begin} on, and until ${end} under "${parent}".`,
      );
    }
  }
  return [];
}

function checkRetired(
  { id, retiredAtMs }: PlantNode,
  children: readonly PlantNode[],
): PlantProblem[] {
  const [first] = children;
  if (retiredAtMs === null || first === undefined) return [];
  const more = children.length > 1 ? ` and ${children.length - 1} more` : "";
  const detail = `"${first.id}"${more} lies under "${id}".`;
  return [{ code: "equipment_in_use", id, field: "retired", detail }];
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
