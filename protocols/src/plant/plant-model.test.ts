import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkNodes } from "./check-nodes.ts";
import { formatPlantModel, parsePlantModel } from "./parse-plant-model.ts";
import type { EquipmentLevel } from "./plant-model.ts";
import type { PlantNode, PlantPlace } from "./plant-nodes.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const hourMs = 3_600_000;

function node(
  id: string,
  level: EquipmentLevel,
  parent: string | null,
  more: Partial<PlantNode> = {},
): PlantNode {
  return {
    id,
    level,
    name: id,
    zone: null,
    attributes: {},
    settings: {},
    provisional: false,
    retiredAtMs: null,
    places: parent === null ? [] : [{ parent, fromMs: null, toMs: null }],
    ...more,
  };
}

const above = [
  node("e", "enterprise", null),
  node("e/s", "site", "e"),
  node("e/s/a", "area", "e/s"),
  node("e/s/b", "area", "e/s"),
];

const pieces = {
  name: fc.string({ minLength: 1, maxLength: 80 }),
  attributes: fc.dictionary(
    fc.constantFrom("asset", "maker", "year"),
    fc.string({ maxLength: 200 }),
    {
      noNullPrototype: true,
    },
  ),
  provisional: fc.boolean(),
};

const settings = fc.record(
  {
    position: fc.nat(1000),
    pacesLine: fc.boolean(),
    outputOfLine: fc.boolean(),
    idealRatePerMinute: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    targetRatePerMinute: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  },
  { requiredKeys: [] },
);

/** A past of moves between two parents, and whether it has ended. */
function past(parents: readonly [string, string]) {
  return fc
    .record({
      hours: fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 5 }),
      isOld: fc.boolean(),
    })
    .map(({ hours, isOld }): PlantPlace[] => {
      const ends = hours.sort((a, b) => b - a).map((ago) => nowMs - ago * hourMs);
      const begin = isOld ? null : (ends.shift() ?? null);
      return [...ends, null].map((toMs, index) => ({
        parent: parents[index % 2] ?? parents[0],
        fromMs: index === 0 ? begin : (ends[index - 1] ?? null),
        toMs,
      }));
    });
}

const plant: fc.Arbitrary<PlantNode[]> = fc
  .record({
    zone: fc.constantFrom("Europe/Berlin", "America/St_Johns", null),
    lines: fc.array(fc.record({ ...pieces, places: past(["e/s/a", "e/s/b"]) }), { maxLength: 4 }),
    units: fc.array(fc.record({ ...pieces, settings, line: fc.nat(3), places: past(["", "."]) }), {
      maxLength: 8,
    }),
  })
  .map(({ zone, lines, units }) => {
    const nodes = above.map((each) => (each.level === "site" ? { ...each, zone } : each));
    for (const [index, line] of lines.entries()) {
      nodes.push(node(`line-${index}`, "line", "", line));
      nodes.push(node(`line-${index}.cell`, "cell", `line-${index}`));
    }
    for (const [index, { line: of, ...unit }] of units.entries()) {
      if (of >= lines.length) continue;
      const places = unit.places.map((place) => ({
        ...place,
        parent: place.parent === "" ? `line-${of}` : `line-${of}.cell`,
      }));
      nodes.push(node(`line-${of}.unit-${index}`, "unit", "", { ...unit, places }));
    }
    return nodes;
  });

function plainNode(of: PlantNode): PlantNode {
  const { id, level, name, zone, attributes, settings, provisional, retiredAtMs, places } = of;
  return { id, level, name, zone, attributes, settings, provisional, retiredAtMs, places };
}

const byId = (nodes: readonly PlantNode[]): PlantNode[] =>
  [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));

describe("a plant model", () => {
  test("is read from its file as it was written", () => {
    fc.assert(
      fc.property(plant, (nodes) => {
        const text = formatPlantModel(nodes);
        const { nodes: read, problems } = parsePlantModel(text, "plant.yaml");
        expect(problems).toBeUndefined();
        const plain = (read ?? []).map(plainNode);
        expect(byId(plain)).toEqual(byId(nodes));
        expect(formatPlantModel(plain)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a node is refused", () => {
  const all = new Map(
    [
      ...above,
      node("x", "line", "e/s/a"),
      node("x.c", "cell", "x"),
      node("x.u", "unit", "x.c"),
      node("y", "line", "e/s/a"),
      node("old", "line", "e/s/b", { retiredAtMs: nowMs - hourMs }),
    ].map((each) => [each.id, each] as const),
  );
  const problemsOf = (wanted: PlantNode): string[] =>
    checkNodes([wanted], new Map(all).set(wanted.id, wanted), nowMs).map(
      ({ code, field }) => `${code} ${field}`,
    );

  test.each<[string, PlantNode, string[]]>([
    ["nothing is wrong with one that is right", node("x.u", "unit", "x.c"), []],
    ["its parent is unknown", node("z", "line", "e/s/c"), ["parent_unknown parent"]],
    ["it has no parent", node("z", "line", null), ["parent_unknown parent"]],
    ["it lies under itself", node("x", "line", "x"), ["equipment_cycle parent"]],
    ["it lies under what lies under it", node("x", "line", "x.u"), ["equipment_cycle parent"]],
    ["its level cannot lie there", node("x.u", "unit", "e/s/a"), ["parent_level_unfit parent"]],
    ["a cell lies in a cell", node("x.d", "cell", "x.c"), ["parent_level_unfit parent"]],
    ["a unit lies under another line", node("x.u", "unit", "y"), ["equipment_id_unfit id"]],
    ["a site is of another enterprise", node("f/s", "site", "e"), ["equipment_id_unfit id"]],
    ["an area is no line", node("z.z", "line", "e/s/a"), ["equipment_id_unfit id"]],
    ["its parent is retired", node("old.u", "unit", "old"), ["equipment_retired parent"]],
    [
      "it is retired, and what lies under it is not",
      node("x", "line", "e/s/a", { retiredAtMs: nowMs }),
      ["equipment_in_use retired"],
    ],
    [
      "a zone of a line",
      node("x", "line", "e/s/a", { zone: "Europe/Berlin" }),
      ["equipment_field_unfit zone"],
    ],
    [
      "settings of a line",
      node("x", "line", "e/s/a", { settings: { position: 1 } }),
      ["equipment_field_unfit settings"],
    ],
    [
      "its places overlap",
      node("y", "line", null, {
        places: [
          { parent: "e/s/a", fromMs: null, toMs: nowMs },
          { parent: "e/s/b", fromMs: nowMs - 1, toMs: null },
        ],
      }),
      ["parents_overlap since"],
    ],
    [
      "a place ends before it begins",
      node("y", "line", null, { places: [{ parent: "e/s/a", fromMs: nowMs, toMs: nowMs }] }),
      ["parents_overlap since"],
    ],
    [
      "it is moved in the future",
      node("y", "line", null, { places: [{ parent: "e/s/a", fromMs: nowMs + 1, toMs: null }] }),
      ["move_in_future since"],
    ],
  ])("%s", (_, wanted, problems) => {
    expect(problemsOf(wanted)).toEqual(problems);
  });
});
