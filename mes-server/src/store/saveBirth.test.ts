import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { definitionOf } from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { readPlantNodes, type KeptNode } from "./readPlantNodes.ts";
import { saveBirth } from "./saveBirth.ts";
import { transaction } from "./transaction.ts";

const bornAtMs = Date.parse("2026-11-23T08:00:00Z");
const dayMs = 86_400_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

interface Place {
  line: string;
  enterprise?: string;
  area?: string;
  name?: string;
  atMs?: number;
}

async function bear(place: Place): Promise<ReadonlyMap<string, KeptNode>> {
  const { line, enterprise = "northwind", area = "area", name = line, atMs = bornAtMs } = place;
  const definition = definitionOf(line, "level", {
    role: "analog",
    line: { id: line, name, enterprise, site: "site", area },
  });
  const metrics = [{ name: "machine/level", datatype: 10, definition }];
  await transaction(database.pool, (tx) =>
    saveBirth(tx, { source: "site/edge", device: "plc", metrics, atMs }),
  );
  return readPlantNodes(database.pool);
}

describe("a birth", () => {
  test("adds the equipment that nobody knows yet, and nothing when it comes again", async () => {
    const nodes = await bear({ line: "filling" });
    expect([...nodes.keys()]).toEqual([
      "northwind",
      "northwind/site",
      "northwind/site/area",
      "filling",
      "filling.machine",
    ]);
    expect(nodes.get("filling.machine")).toMatchObject({
      name: "Machine",
      provisional: true,
      places: [{ parent: "filling", fromMs: null, toMs: null }],
    });
    expect(await bear({ line: "filling" })).toEqual(nodes);
  });

  test("names and places anew what only births have told of, from then on", async () => {
    const atMs = bornAtMs + dayMs;
    const nodes = await bear({ line: "filling", name: "Filling 1", area: "hall-2", atMs });
    expect(nodes.get("filling")).toMatchObject({
      name: "Filling 1",
      places: [
        { parent: "northwind/site/area", fromMs: null, toMs: atMs },
        { parent: "northwind/site/hall-2", fromMs: atMs, toMs: null },
      ],
    });
    const { rows } = await database.pool.query("SELECT name, area FROM line WHERE id = 'filling'");
    expect(rows).toEqual([{ name: "Filling 1", area: "hall-2" }]);
  });

  test("leaves what an engineer has confirmed as it is", async () => {
    await database.pool.query("UPDATE equipment SET source = 'model' WHERE id = 'filling'");
    const nodes = await bear({
      line: "filling",
      name: "Line",
      area: "area",
      atMs: bornAtMs + 2 * dayMs,
    });
    expect(nodes.get("filling")).toMatchObject({ name: "Filling 1", provisional: false });
    expect(nodes.get("filling")?.places).toHaveLength(2);
    const { rows } = await database.pool.query("SELECT name, area FROM line WHERE id = 'filling'");
    expect(rows).toEqual([{ name: "Filling 1", area: "hall-2" }]);
  });

  test("of a line that is called like an enterprise is kept, only not in the model", async () => {
    const nodes = await bear({ line: "northwind" });
    expect(nodes.get("northwind")).toMatchObject({ level: "enterprise", places: [] });
    expect(nodes.get("northwind.machine")?.places).toEqual([]);
    const { rows } = await database.pool.query("SELECT id, area FROM line WHERE id = 'northwind'");
    expect(rows).toEqual([{ id: "northwind", area: "area" }]);
    expect(await bear({ line: "northwind" })).toEqual(nodes);
  });
});
