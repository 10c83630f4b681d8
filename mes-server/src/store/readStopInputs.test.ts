import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { givePlant, giveStates } from "../../tests/lakeside.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { defaultLineRule } from "../domain/lines/line-rule.ts";
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

/** A line of its own with a random history; some of its machines stand still all the time. */
async function giveHistory(line: string, drawn: readonly (readonly number[])[]): Promise<string[]> {
  const states = ["Execute", "Suspended", "Held", "Execute", "Idle", "Unknown"] as const;
  await database.pool.query(
    "INSERT INTO line (id, name, enterprise, site, area) VALUES ($1, $1, 'e', 's', 'a')",
    [line],
  );
  const units = drawn.map((_, index) => `${line}.u${index}`);
  await database.pool.query(
    `INSERT INTO unit (id, line, name, position, paces_line, output_of_line)
     SELECT u, $2, u, n / 2, n < 3, false FROM unnest($1::text[]) WITH ORDINALITY AS u(u, n)`,
    [units, line],
  );
  for (const [index, steps] of drawn.entries()) {
    let atMs = dayMs;
    const spans = steps.map((step) => {
      const fromMs = atMs;
      atMs += (1 + (step % 37)) * minuteMs;
      const state = states[step % states.length] ?? "Execute";
      return { unit: units[index] ?? "", state, fromMs, toMs: atMs };
    });
    const last = spans.length - 1;
    await giveStates(
      database.pool,
      spans.map((span, place) => (place === last ? { ...span, toMs: null } : span)),
    );
  }
  return units;
}

it("derives the same stops of a window, however much is read around it", async () => {
  let run = 0;
  const history = fc.array(fc.array(fc.nat(1000), { minLength: 1, maxLength: 25 }), {
    minLength: 2,
    maxLength: 4,
  });
  const said = fc.array(
    fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 120 }), fc.nat(4), fc.boolean()),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(history, said, fc.boolean(), async (drawn, edits, isSeries) => {
      run += 1;
      const line = `drawn-${run}`;
      const units = await giveHistory(line, drawn);
      const equipment = [line, ...units];
      for (const [index, [from, lasts, of, isMerge]] of edits.entries()) {
        await database.pool.query(
          `INSERT INTO stop_edit (id, equipment, kind, from_ts, to_ts, reason, note, actor, occurred_at, known_at)
           VALUES ($1, $2, $3, $4, $5, 'jam', '', 'badge:1', $5, $5)`,
          [
            `${line}-${index}`,
            equipment[of % equipment.length],
            isMerge ? "merge" : "reason",
            new Date(at(from)),
            new Date(at(from + lasts)),
          ],
        );
      }
      if (isSeries) {
        const rule = { ...defaultLineRule, bottleneck: { units, combine: "series" } };
        await database.pool.query(
          "INSERT INTO line_rule (line, from_ts, rule, occurred_at, command) VALUES ($1, $2, $3, $2, $1)",
          [line, new Date(0), JSON.stringify(rule)],
        );
      }
      const stopsIn = async (from: number, to: number, readFrom = from, readTo = to) => {
        const window = { equipment, fromMs: at(readFrom), toMs: at(readTo) };
        const inputs = await readStopInputs(database.pool, window);
        return [...inputs.values()]
          .flatMap(deriveStops)
          .filter(({ fromMs, toMs }) => fromMs < at(to) && (toMs ?? Infinity) > at(from));
      };
      for (const from of [0, 60, 150, 300]) {
        expect(await stopsIn(from, from + 60)).toEqual(await stopsIn(from, from + 60, -10, 1000));
      }
    }),
    { seed: 11, numRuns: Number(process.env["RUNS"] ?? 8), endOnFailure: true },
  );
});
