import type { PlantNode } from "@only-mes/protocols/plant/plant-nodes";

/** Equipment as it was at an instant. */
export interface NodeAt<Node extends PlantNode = PlantNode> {
  node: Node;
  /** What it lay under; of what was retired by then, what it lay under last. */
  parent: string | null;
  /** All that it lay under, the nearest first. */
  lineage: string[];
  isRetired: boolean;
}

/** Nodes in their order as they were at an instant; those that lay nowhere then are not among them. */
export function nodesAt<Node extends PlantNode>(
  nodes: readonly Node[],
  atMs: number,
): NodeAt<Node>[] {
  const found = new Map<string, NodeAt<Node>>();
  for (const node of nodes) {
    const isRetired = node.retiredAtMs !== null && node.retiredAtMs <= atMs;
    const parent = parentAt(node, atMs, isRetired);
    if (parent === undefined) continue;
    const above = parent === null ? [] : [parent, ...(found.get(parent)?.lineage ?? [])];
    found.set(node.id, { node, parent, lineage: above, isRetired });
  }
  return [...found.values()];
}

function parentAt(
  { level, places }: PlantNode,
  atMs: number,
  isRetired: boolean,
): string | null | undefined {
  if (level === "enterprise") return null;
  if (isRetired) return places.at(-1)?.parent;
  return places.find(
    ({ fromMs, toMs }) => (fromMs === null || fromMs <= atMs) && (toMs === null || atMs < toMs),
  )?.parent;
}
