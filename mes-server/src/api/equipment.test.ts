import {
  equipmentInFull,
  lineUnder,
  type EquipmentInFull,
} from "@only-mes/protocols/console/plant";
import { listOf } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const site = "northwind/lakeside";
const beverages = `${site}/beverages`;
const pressShop = `${site}/press-shop`;

let database: TestDatabase;
let edge: RunningEdge;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs) });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

let commands = 0;

async function ask(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  commands += 1;
  const response = await fetch(`${edge.url}/api/v1/equipment${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ commandId: `command-${commands}`, actor: "badge:1", ...body }),
    }),
  });
  return { status: response.status, body: await response.json() };
}

const pathOf = (id: string): string => `/${encodeURIComponent(id)}`;

async function done(method: string, path: string, body?: object): Promise<EquipmentInFull> {
  const { status, body: answer } = await ask(method, path, body);
  expect({ status, answer }).toMatchObject({ status: 200 });
  return equipmentInFull.parse(answer);
}

async function idsOf(query: string): Promise<string[]> {
  const { body } = await ask("GET", query);
  return (body as { items: { id: string }[] }).items.map(({ id }) => id);
}

describe("equipment", () => {
  it("is created, and is there for whoever reads lines and units", async () => {
    const line = await done("POST", "", {
      id: "bottling-2",
      level: "line",
      name: "Bottling 2",
      parent: beverages,
      attributes: { asset: "BV-0200" },
    });
    expect(line).toMatchObject({
      parent: beverages,
      provisional: false,
      version: 1,
      places: [{ parent: beverages, from: null, to: null }],
    });
    await done("POST", "", {
      id: "bottling-2.end",
      level: "cell",
      name: "End",
      parent: "bottling-2",
    });
    await done("POST", "", {
      id: "bottling-2.packer",
      level: "unit",
      name: "Packer",
      parent: "bottling-2.end",
      settings: { position: 3, outputOfLine: true, targetRatePerMinute: 100 },
    });
    const { rows } = await database.pool.query(
      `SELECT u.id, u.line, l.area, u.position, u.output_of_line, u.target_rate_per_minute AS target
         FROM unit u JOIN line l ON l.id = u.line WHERE l.id = 'bottling-2'`,
    );
    expect(rows).toEqual([
      {
        id: "bottling-2.packer",
        line: "bottling-2",
        area: "beverages",
        position: 3,
        output_of_line: true,
        target: 100,
      },
    ]);
  });

  it("is confirmed by a change, and has a zone if it is a site", async () => {
    expect(await idsOf("?provisional=true&level=site")).toEqual([site]);
    expect(
      await done("PATCH", pathOf(site), { zone: "Europe/Lisbon", expectedVersion: 1 }),
    ).toMatchObject({
      name: "lakeside",
      zone: "Europe/Lisbon",
      provisional: false,
      version: 2,
    });
  });

  it("is moved from a date on, and what was under an area then stays so", async () => {
    const moved = await done("POST", "/bottling-2/move", {
      parent: pressShop,
      from: "2026-04-01T00:00:00Z",
    });
    expect(moved.places).toEqual([
      { parent: beverages, from: null, to: "2026-04-01T00:00:00.000Z" },
      { parent: pressShop, from: "2026-04-01T00:00:00.000Z", to: null },
    ]);
    const level = `under=${beverages}&level=line`;
    expect(await idsOf(`?${level}&at=2026-03-31T23:59:59Z`)).toEqual(["bottling-1", "bottling-2"]);
    expect(await idsOf(`?${level}&at=2026-04-01T00:00:00Z`)).toEqual(["bottling-1"]);
    const range = "from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z";
    const { body } = await ask("GET", `${pathOf(beverages)}/lines?${range}`);
    expect(listOf(lineUnder).parse(body).items).toEqual([
      { line: "bottling-1", from: "2026-03-01T00:00:00.000Z", to: "2026-05-01T00:00:00.000Z" },
      { line: "bottling-2", from: "2026-03-01T00:00:00.000Z", to: "2026-04-01T00:00:00.000Z" },
    ]);
    const unit = await ask("GET", `/bottling-2.packer/lines?${range}`);
    expect(
      listOf(lineUnder)
        .parse(unit.body)
        .items.map(({ line }) => line),
    ).toEqual(["bottling-2"]);
    const { rows } = await database.pool.query("SELECT area FROM line WHERE id = 'bottling-2'");
    expect(rows).toEqual([{ area: "press-shop" }]);
  });

  it("is retired from the bottom up, and reinstated", async () => {
    expect(await ask("POST", "/bottling-2/retire", {})).toMatchObject({
      status: 409,
      body: { error: { code: "equipment_in_use" } },
    });
    const occurredAt = "2026-11-01T00:00:00Z";
    await done("POST", "/bottling-2.packer/retire", { occurredAt });
    await done("POST", "/bottling-2.end/retire", { occurredAt });
    expect(await done("POST", "/bottling-2/retire", { occurredAt })).toMatchObject({
      retiredAt: "2026-11-01T00:00:00.000Z",
    });
    expect(await idsOf("?level=line")).toEqual(["bottling-1", "stamping-1"]);
    expect(await idsOf("?level=line&retired=true")).toContain("bottling-2");
    expect(await idsOf("?level=line&at=2026-10-31T00:00:00Z")).toContain("bottling-2");
    expect(await ask("POST", "/bottling-2/retire", {})).toMatchObject({
      status: 409,
      body: { error: { code: "equipment_retired" } },
    });
    const again = await done("POST", "/bottling-2/reinstate", {});
    expect(again.retiredAt).toBeNull();
    expect(again.places.at(-1)).toEqual({
      parent: pressShop,
      from: "2026-11-23T08:00:00.000Z",
      to: null,
    });
  });

  it("is listed in pages, and as CSV", async () => {
    const all = await idsOf("");
    const first = (await ask("GET", "?limit=4")).body as {
      items: { id: string }[];
      nextCursor: string;
    };
    const rest = await idsOf(`?cursor=${first.nextCursor}`);
    expect([...first.items.map(({ id }) => id), ...rest]).toEqual(all);
    const csv = await (await fetch(`${edge.url}/api/v1/equipment?format=csv&level=site`)).text();
    expect(csv.split("\r\n")[1]).toBe(`${site},site,lakeside,northwind,Europe/Lisbon,false,,`);
  });

  it("tells the outside what has become of it", async () => {
    const { rows } = await database.pool.query(
      "SELECT kind FROM outbox WHERE equipment = 'bottling-2' AND kind LIKE 'equipment.%' ORDER BY id",
    );
    expect(rows.map(({ kind }: { kind: string }) => kind)).toEqual([
      "equipment.created",
      "equipment.moved",
      "equipment.retired",
      "equipment.reinstated",
    ]);
  });
});

describe("equipment is refused", () => {
  const line = { id: "x", level: "line", name: "X", parent: beverages };
  const from = "2026-03-01T00:00:00Z";
  it.each([
    ["POST", "", { ...line, id: "bottling-1" }, 409, "equipment_exists", "id"],
    ["POST", "", { ...line, id: "northwind" }, 409, "equipment_exists", "id"],
    ["POST", "", { ...line, id: "X" }, 400, "body_invalid", "id"],
    ["POST", "", { ...line, id: "a.b" }, 422, "equipment_id_unfit", "id"],
    ["POST", "", { ...line, parent: undefined }, 422, "parent_unknown", "parent"],
    ["POST", "", { ...line, parent: "nowhere" }, 422, "parent_unknown", "parent"],
    ["POST", "", { ...line, parent: site }, 422, "parent_level_unfit", "parent"],
    ["POST", "", { ...line, parent: "x" }, 422, "equipment_cycle", "parent"],
    ["POST", "", { ...line, zone: "Europe/Berlin" }, 422, "equipment_field_unfit", "zone"],
    ["POST", "", { ...line, settings: { position: 1 } }, 422, "equipment_field_unfit", "settings"],
    ["POST", "", { ...line, from: "2027-01-01T00:00:00Z" }, 422, "move_in_future", "from"],
    ["PATCH", pathOf(site), { zone: "Europe/Lakeside" }, 422, "zone_unknown", "zone"],
    ["PATCH", pathOf(site), { zone: "+01:00" }, 422, "zone_unknown", "zone"],
    [
      "PATCH",
      pathOf(site),
      { name: "L", expectedVersion: 1 },
      409,
      "version_overtaken",
      "expectedVersion",
    ],
    ["PATCH", "/nothing", { name: "N" }, 404, "equipment_unknown", "id"],
    ["PATCH", "/bottling-1", { name: "" }, 400, "body_invalid", "name"],
    ["POST", "/bottling-2/move", { parent: beverages, from }, 409, "parents_overlap", "from"],
    ["POST", "/bottling-1.filler/move", { parent: "stamping-1" }, 422, "equipment_id_unfit", "id"],
    ["POST", "/bottling-1.filler/move", { parent: beverages }, 422, "parent_level_unfit", "parent"],
    [
      "POST",
      "/bottling-1.filler/move",
      { parent: "bottling-2.end" },
      422,
      "equipment_id_unfit",
      "id",
    ],
    ["POST", "/bottling-2.packer/move", { parent: "bottling-2" }, 409, "equipment_retired", "id"],
    ["POST", "/bottling-1/reinstate", {}, 409, "equipment_not_retired", "id"],
    [
      "POST",
      "",
      { id: "bottling-2.x", level: "unit", name: "X", parent: "bottling-2.end" },
      409,
      "equipment_retired",
      "parent",
    ],
  ])("%s %s %j", async (method, path, body, status, code, field) => {
    expect(await ask(method, path, body)).toMatchObject({
      status,
      body: { error: { code, field } },
    });
  });

  it("while a job runs on it", async () => {
    await database.pool.query(
      "INSERT INTO product (id, name, unit) VALUES ('cola', 'Cola', 'bottle')",
    );
    await database.pool.query(
      "INSERT INTO production_order (id, product, quantity) VALUES ('po-1', 'cola', 10)",
    );
    await database.pool.query(
      `INSERT INTO job (id, production_order, operation, line, quantity, state)
       VALUES ('job-1', 'po-1', 1, 'bottling-2', 10, 'Running')`,
    );
    await database.pool.query(
      `WITH s AS (INSERT INTO capacity_slot (line, slot) VALUES ('bottling-2', 1) RETURNING key)
       INSERT INTO job_interval (slot_key, job, phase, from_ts) SELECT key, 'job-1', 'production', now() FROM s`,
    );
    expect(await ask("POST", "/bottling-2/retire", {})).toMatchObject({
      status: 409,
      body: { error: { code: "equipment_in_use", message: expect.stringContaining("job-1") } },
    });
  });

  it("by the database too, if parents would overlap", async () => {
    await expect(
      database.pool.query(
        `INSERT INTO equipment_parent (child, parent, valid_from)
         SELECT child, parent, '2026-04-02' FROM equipment_parent WHERE valid_from = '2026-04-01'`,
      ),
    ).rejects.toThrow(/exclusion constraint/);
  });
});
