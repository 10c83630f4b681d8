import type { PlantNode, PlantPlace } from "@only-mes/protocols/plant/plant-nodes";

/** Below another parent from an instant on; what was before stays. Whether that can be is for the checks. */
export function moved(node: PlantNode, parent: string, fromMs: number): PlantNode {
  const last = node.places.at(-1);
  if (last?.parent === parent && last.toMs === null) return node;
  const before: PlantPlace[] = node.places.slice(0, -1);
  if (last !== undefined) before.push({ ...last, toMs: last.toMs ?? fromMs });
  return {
    ...node,
    provisional: false,
    retiredAtMs: null,
    places: [...before, { parent, fromMs, toMs: null }],
  };
}

export function retired(node: PlantNode, atMs: number): PlantNode {
  const places = node.places.map((place) =>
    place.toMs === null ? { ...place, toMs: atMs } : place,
  );
  return { ...node, provisional: false, retiredAtMs: atMs, places };
}
