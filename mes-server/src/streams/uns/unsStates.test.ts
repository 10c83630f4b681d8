import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { givePlant, giveStates } from "../../../tests/lakeside.ts";
import { openTestDatabase, type TestDatabase } from "../../../tests/test-database.ts";
import { unsStates } from "./unsStates.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  await giveStates(pool, [
    { unit: "bottling-1.filler", state: "Held", fromMs: nowMs - 60_000, toMs: null },
  ]);
  await pool.query(
    `INSERT INTO andon_call (id, line, unit, kind, note, raised_at, raised_by, state, since, known_at, ended_at)
     VALUES ('call-1', 'bottling-1', NULL, 'material', '', $1, 'badge:1', 'called', $1, $1, NULL),
            ('call-0', 'bottling-1', NULL, 'help', '', $1, 'badge:1', 'resolved', $1, $1, $1)`,
    [new Date(nowMs)],
  );
  await pool.query(
    `INSERT INTO shift_instance (line_key, business_date, name, from_ts, to_ts)
     SELECT key, '2026-11-23', 'Early', $1, $2 FROM line WHERE id = 'bottling-1'`,
    [new Date(nowMs - 7_200_000), new Date(nowMs + 7_200_000)],
  );
});
afterAll(() => database.close());

async function read(name: string, equipment?: string[]): Promise<Record<string, unknown>> {
  const state = unsStates(() => undefined).find((one) => one.name === name);
  const rows = await state?.read(database.pool, { nowMs, equipment });
  return Object.fromEntries(rows ?? []);
}

describe("states of the unified namespace", () => {
  test("are machine, line, job, alarms, andon and kpi", () => {
    expect(unsStates(() => []).map(({ name }) => name)).toEqual([
      "machine",
      "line",
      "job",
      "alarms",
      "andon",
      "kpi",
    ]);
  });

  test("tell what holds, and that nothing does", async () => {
    expect(await read("machine")).toEqual({
      "bottling-1.filler": { state: "Held", since: "2026-11-23T07:59:00.000Z" },
    });
    expect(await read("andon")).toMatchObject({
      "bottling-1": { calls: [{ call: "call-1" }] },
      "stamping-1": { calls: [] },
    });
    expect(await read("alarms", ["stamping-1"])).toMatchObject({ "stamping-1": { count: 0 } });
  });

  test("have the KPIs of the shift that runs, and none where none does", async () => {
    expect(await read("kpi")).toEqual({
      "bottling-1": {
        shift: "2026-11-23 Early",
        from: "2026-11-23T06:00:00.000Z",
        to: "2026-11-23T08:00:00.000Z",
        good: 0,
        scrap: 0,
        kpis: expect.objectContaining({ availability: expect.any(Number) }),
      },
    });
  });
});
