import type { EquipmentLevel, PlantModel, UnitSettings } from "./plant-model.ts";

/** One piece of equipment of a plant model, with the whole ids of itself and of what it lay under. */
export interface PlantNode {
  id: string;
  level: EquipmentLevel;
  name: string;
  zone: string | null;
  attributes: Record<string, string>;
  settings: UnitSettings;
  provisional: boolean;
  retiredAtMs: number | null;
  /** The earliest first; of an enterprise none. */
  places: PlantPlace[];
}

export interface PlantPlace {
  parent: string;
  /** null: for as long as anybody knows. */
  fromMs: number | null;
  /** Not part of it; null: until further notice. */
  toMs: number | null;
}

/** A node with what its file says, and does not say, of its past. */
export interface FiledNode extends PlantNode {
  path: PropertyKey[];
  /** False: the file has neither `since` nor `earlier`, so that only the present place is told. */
  tellsPast: boolean;
}

type Filed = PlantModel["enterprises"][number] & {
  zone?: string | undefined;
  since?: string | undefined;
  earlier?: { parent: string; from?: string | undefined; to: string }[] | undefined;
} & UnitSettings;

const childrenOf = {
  enterprise: [["sites", "site"]],
  site: [["areas", "area"]],
  area: [["lines", "line"]],
  line: [
    ["cells", "cell"],
    ["units", "unit"],
  ],
  cell: [["units", "unit"]],
  unit: [],
} as const satisfies Record<EquipmentLevel, readonly (readonly [string, EquipmentLevel])[]>;

/** The nodes of a plant model, each before its children. */
export function plantNodes(model: PlantModel): FiledNode[] {
  const nodes: FiledNode[] = [];
  const visit = (
    filed: Filed,
    level: EquipmentLevel,
    above: { parent: string; line: string },
    path: PropertyKey[],
  ): void => {
    const id = wholeId(filed.id, level, above);
    nodes.push(nodeOf(filed, { id, level, parent: above.parent, path }));
    const line = level === "line" ? id : above.line;
    for (const [key, childLevel] of childrenOf[level]) {
      const children = (filed as unknown as Record<string, Filed[] | undefined>)[key] ?? [];
      for (const [index, child] of children.entries()) {
        visit(child, childLevel, { parent: id, line }, [...path, key, index]);
      }
    }
  };
  for (const [index, enterprise] of model.enterprises.entries()) {
    visit(enterprise, "enterprise", { parent: "", line: "" }, ["enterprises", index]);
  }
  return nodes;
}

function wholeId(
  id: string,
  level: EquipmentLevel,
  { parent, line }: { parent: string; line: string },
): string {
  if (level === "site" || level === "area") return `${parent}/${id}`;
  if (level === "cell" || level === "unit") return `${line}.${id}`;
  return id;
}

function nodeOf(
  filed: Filed,
  {
    id,
    level,
    parent,
    path,
  }: { id: string; level: EquipmentLevel; parent: string; path: PropertyKey[] },
): FiledNode {
  const { since, earlier, retired } = filed;
  const retiredAtMs = retired === undefined ? null : Date.parse(retired);
  const places = (earlier ?? []).map(({ parent: of, from, to }): PlantPlace => ({
    parent: of,
    fromMs: from === undefined ? null : Date.parse(from),
    toMs: Date.parse(to),
  }));
  if (level !== "enterprise") {
    places.push({
      parent,
      fromMs: since === undefined ? null : Date.parse(since),
      toMs: retiredAtMs,
    });
  }
  return {
    id,
    level,
    name: filed.name ?? filed.id,
    zone: filed.zone ?? null,
    attributes: filed.attributes ?? {},
    settings: settingsOf(filed),
    provisional: filed.provisional ?? false,
    retiredAtMs,
    places,
    path,
    tellsPast: since !== undefined || earlier !== undefined,
  };
}

/** Only those that are there: absent and undefined are the same to nobody who compares. */
export function settingsOf(of: UnitSettings): UnitSettings {
  const { position, pacesLine, outputOfLine, idealRatePerMinute, targetRatePerMinute } = of;
  return {
    ...(position !== undefined && { position }),
    ...(pacesLine !== undefined && { pacesLine }),
    ...(outputOfLine !== undefined && { outputOfLine }),
    ...(idealRatePerMinute !== undefined && { idealRatePerMinute }),
    ...(targetRatePerMinute !== undefined && { targetRatePerMinute }),
  };
}

/** The plant model of nodes: each stands where it lies now, or lay last. */
export function plantModelOf(nodes: readonly PlantNode[]): PlantModel {
  const below = Map.groupBy(nodes, ({ places }) => places.at(-1)?.parent ?? "");
  const filed = (level: EquipmentLevel, parent: string): Record<string, unknown>[] =>
    (below.get(parent) ?? [])
      .filter((node) => node.level === level)
      .sort(inOrder)
      .map((node) => ({
        ...filedNode(node),
        ...Object.fromEntries(
          childrenOf[node.level]
            .map(([key, childLevel]) => [key, filed(childLevel, node.id)] as const)
            .filter(([, children]) => children.length > 0),
        ),
      }));
  return { version: 1, enterprises: filed("enterprise", "") } as unknown as PlantModel;
}

/** Along the line where that is known, else by id. */
function inOrder(a: PlantNode, b: PlantNode): number {
  const [left, right] = [a.settings.position ?? Infinity, b.settings.position ?? Infinity];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function filedNode({ id, name, zone, attributes, provisional, retiredAtMs, ...node }: PlantNode) {
  const place = node.places.at(-1);
  const earlier = node.places.slice(0, -1);
  return {
    id: id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf(".")) + 1),
    name,
    ...(zone !== null && { zone }),
    ...(provisional && { provisional }),
    ...(place !== undefined && place.fromMs !== null && { since: isoOf(place.fromMs) }),
    ...(earlier.length > 0 && {
      earlier: earlier.map(({ parent, fromMs, toMs }) => ({
        parent,
        ...(fromMs !== null && { from: isoOf(fromMs) }),
        to: isoOf(toMs ?? 0),
      })),
    }),
    ...(retiredAtMs !== null && { retired: isoOf(retiredAtMs) }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...settingsOf(node.settings),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
