import { stringify } from "yaml";
import type { Finding } from "../yaml/explain-issue.ts";
import { parseYaml, type YamlProblem } from "../yaml/parse-yaml.ts";
import { checkNodes, type PlantProblem } from "./check-nodes.ts";
import { plantModel, type PlantModel } from "./plant-model.ts";
import { plantModelOf, plantNodes, type FiledNode, type PlantNode } from "./plant-nodes.ts";

export type ParsedPlantModel =
  | { readonly nodes: FiledNode[]; readonly problems?: undefined }
  | { readonly nodes?: undefined; readonly problems: readonly YamlProblem[] };

/**
 * Reads a plant model from YAML. `furtherChecks` of its nodes are those of the plant that it is meant for;
 * without them it must be whole in itself.
 */
export function parsePlantModel(
  text: string,
  file: string,
  furtherChecks: (nodes: readonly FiledNode[]) => readonly PlantProblem[] = checkAlone,
): ParsedPlantModel {
  let nodes: FiledNode[] = [];
  const parsed = parseYaml<PlantModel>(text, file, plantModel, (model) => {
    nodes = plantNodes(model);
    const twice = duplicates(nodes);
    if (twice.length > 0) return twice;
    const byId = new Map(nodes.map((node) => [node.id, node]));
    return furtherChecks(nodes).map((problem) => findingOf(problem, byId.get(problem.id)));
  });
  return parsed.problems === undefined ? { nodes } : { problems: parsed.problems };
}

/** The plant model of nodes as a file. */
export function formatPlantModel(nodes: readonly PlantNode[]): string {
  return stringify(plantModelOf(nodes), { lineWidth: 100 });
}

function checkAlone(nodes: readonly FiledNode[]): PlantProblem[] {
  return checkNodes(nodes, new Map(nodes.map((node) => [node.id, node])), Infinity);
}

function duplicates(nodes: readonly FiledNode[]): Finding[] {
  const seen = new Map<string, FiledNode>();
  return nodes.flatMap((node) => {
    const first = seen.get(node.id);
    if (first === undefined) {
      seen.set(node.id, node);
      return [];
    }
    return [
      {
        path: [...node.path, "id"],
        message: `"${node.id}" is the ${first.level} "${first.name}" already`,
        allowed:
          "each id once; lines, cells and units of a line, and enterprises share their names",
      },
    ];
  });
}

const allowedBy: Record<PlantProblem["code"], string> = {
  equipment_exists: "another id, or the level that the equipment has",
  equipment_id_unfit: "cells and units of a line under that line",
  equipment_field_unfit: "a zone of a site, settings of a unit",
  parent_unknown: "equipment of this file or of the plant",
  parent_level_unfit: "lines under areas, units under lines or cells of their line",
  equipment_cycle: "a parent that is above it",
  parents_overlap: "one parent at a time, the past as it is kept",
  move_in_future: "an instant that has passed",
  equipment_retired: "a parent that is not retired",
  equipment_in_use: "nothing that is not retired under what is",
};

function findingOf({ code, field, detail }: PlantProblem, node: FiledNode | undefined): Finding {
  const path = node?.path ?? [];
  const key = field === "parent" || field === "settings" ? "id" : field;
  return { path: [...path, key], message: `${code}: ${detail}`, allowed: allowedBy[code] };
}
