import { afterAll, beforeAll, expect, it } from "vitest";
import { givePlant, giveStates } from "../../tests/lakeside.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { deriveStops } from "../domain/stops/deriveStops.ts";
import { readStopInputs } from "./readStopInputs.ts";

const minuteMs = 60_000;
const dayMs = Date.parse("2026-11-23T00:00:00Z");

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  const unit = "bottling-1.filler";
  await giveStates(database.pool, [
    { unit, state: "Execute", fromMs: dayMs, toMs: at(60) },
    { unit, state: "Held", fromMs: at(60), toMs: at(61) },
    { unit, state: "Stopped", fromMs: at(61), toMs: at(300) },
    { unit, state: "Execute", fromMs: at(300), toMs: at(400) },
    { unit, state: "Suspended", fromMs: at(400), toMs: at(402) },
    { unit, state: "Execute", fromMs: at(402), toMs: null },
    { unit: "bottling-1.packer", state: "Execute", fromMs: at(0), toMs: at(399) },
    { unit: "bottling-1.packer", state: "Aborted", fromMs: at(399), toMs: at(500) },
    { unit: "bottling-1.packer", state: "Execute", fromMs: at(500), toMs: null },
  ]);
  await database.pool.query(
    `INSERT INTO stop_edit (id, equipment, kind, from_ts, to_ts, reason, note, actor, occurred_at, known_at)
     VALUES ('edit-0001', 'bottling-1.filler', 'reason', $1, $2, 'jam', '', 'badge:1', $2, $2),
            ('edit-0002', 'bottling-1.filler', 'merge', $1, $3, NULL, '', 'badge:1', $3, $3)`,
    [new Date(at(60)), new Date(at(300)), new Date(at(402))],
  );
});

afterAll(() => database.close());

function at(minute: number): number {
  return dayMs + minute * minuteMs;
}

async function stopsOf(equipment: string, from: number, to: number, knownAt?: number) {
  const inputs = await readStopInputs(database.pool, {
    equipment: [equipment],
    fromMs: at(from),
    toMs: at(to),
    ...(knownAt !== undefined && { knownAtMs: at(knownAt) }),
  });
  return [...inputs.values()].flatMap(deriveStops);
}

it("reads stops whole, however small the window on them is", async () => {
  expect(await stopsOf("bottling-1.packer", 450, 451)).toMatchObject([
    { fromMs: at(399), toMs: at(500), lossClass: "unassigned" },
  ]);
  expect(await stopsOf("bottling-1.filler", 401, 402)).toMatchObject([
    { fromMs: at(60), toMs: at(402), reason: "jam", parts: [{}, {}] },
  ]);
});

it("reads them as they were believed at a time", async () => {
  expect(await stopsOf("bottling-1.filler", 100, 401, 401)).toMatchObject([
    { fromMs: at(60), toMs: at(300), reason: "jam" },
    { fromMs: at(400), toMs: null, lossClass: "blocked", isMicrostop: false },
  ]);
});

it("puts a line's stop down to what its machine's was", async () => {
  expect(await stopsOf("bottling-1", 401, 402)).toMatchObject([
    { fromMs: at(60), toMs: at(300), reason: "jam", reasonFrom: "person" },
    { fromMs: at(400), toMs: at(402), reason: "jam", isMicrostop: true },
  ]);
});

it("has nothing of equipment that there is not", async () => {
  expect(await stopsOf("bottling-1.nowhere", 0, 500)).toEqual([]);
});
