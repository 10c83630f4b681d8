import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { readCycleStandards } from "./readCycleStandards.ts";
import { readDeclaredCounts } from "./readDeclaredCounts.ts";
import { readJobIntervals } from "./readJobIntervals.ts";
import { transaction } from "./transaction.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  await pool.query(`INSERT INTO product (id, name, unit) VALUES ('cola', 'Cola', 'bottle')`);
  await pool.query(
    `INSERT INTO production_order (id, product, quantity) VALUES ('4711', 'cola', 1000)`,
  );
  await pool.query(
    `INSERT INTO job (id, production_order, operation, line, quantity, state)
     SELECT '4711.' || n, '4711', n, 'bottling-1', 1000, 'Running' FROM generate_series(1, 3) n`,
  );
  await pool.query(`INSERT INTO capacity_slot (line, slot) VALUES ('bottling-1', 1)`);
});
afterAll(() => database.close());

const at = (time: string) => Date.parse(`2026-11-23T${time}:00Z`);
const window = { line: "bottling-1", fromMs: at("06:00"), toMs: at("07:00") };

/** In a transaction: the pool would close a connection on which a query of its own has failed. */
function write(text: string, values: unknown[]): Promise<unknown> {
  return transaction(database.pool, (tx) => tx.query(text, values));
}

function hold(job: string, from: string, to: string | null): Promise<unknown> {
  return write(
    `INSERT INTO job_interval (slot_key, job, phase, from_ts, to_ts)
     SELECT key, $1, 'production', $2, $3 FROM capacity_slot WHERE line = 'bottling-1'`,
    [job, new Date(at(from)), to === null ? null : new Date(at(to))],
  );
}

describe("intervals of jobs", () => {
  it("are held by one job at a time, whoever writes them, open ends included", async () => {
    await hold("4711.1", "04:00", "05:00");
    await hold("4711.2", "05:00", "06:30");
    await hold("4711.3", "06:45", null);
    const overlapping: [string, string | null][] = [
      ["05:30", "05:31"],
      ["04:59", "05:01"],
      ["08:00", null],
      ["03:00", null],
      ["06:30", "06:46"],
    ];
    for (const [from, to] of overlapping) {
      await expect(hold("4711.1", from, to)).rejects.toMatchObject({
        code: "23P01",
        constraint: "one_job_a_slot",
      });
    }
  });

  it("are read as whole ones that touch the window", async () => {
    const units = ["bottling-1.filler", "bottling-1.packer"];
    const rows = await readJobIntervals(database.pool, window);
    const row = { line: "bottling-1", slot: 1, order: "4711", product: "cola", units };
    expect(rows).toEqual([
      {
        ...row,
        job: "4711.2",
        phase: "production",
        fromMs: at("05:00"),
        toMs: at("06:30"),
      },
      { ...row, job: "4711.3", phase: "production", fromMs: at("06:45"), toMs: null },
    ]);
  });
});

describe("ideal cycles", () => {
  it("do not overlap for the same equipment and product, and are read as far as they hold", async () => {
    const { pool } = database;
    await pool.query(
      `INSERT INTO cycle_standard_subject (line, equipment, product)
       VALUES ('bottling-1', 'bottling-1', 'cola'), ('bottling-1', 'bottling-1.filler', NULL)`,
    );
    const give = (equipment: string, from: string, to: string | null) =>
      write(
        `INSERT INTO cycle_standard (subject, from_ts, to_ts, ideal_cycle_seconds)
         SELECT key, $2, $3, 0.25 FROM cycle_standard_subject WHERE equipment = $1`,
        [equipment, new Date(at(from)), to === null ? null : new Date(at(to))],
      );
    await give("bottling-1", "03:00", "06:00");
    await give("bottling-1", "06:00", "06:30");
    await give("bottling-1", "06:30", "06:30");
    await give("bottling-1.filler", "01:00", null);
    await expect(give("bottling-1", "06:29", null)).rejects.toMatchObject({ code: "23P01" });
    expect(await readCycleStandards(pool, window)).toEqual([
      {
        equipment: "bottling-1.filler",
        product: null,
        fromMs: at("01:00"),
        toMs: null,
        idealCycleSeconds: 0.25,
      },
      {
        equipment: "bottling-1",
        product: "cola",
        fromMs: at("06:00"),
        toMs: at("06:30"),
        idealCycleSeconds: 0.25,
      },
    ]);
  });
});

describe("declared counts", () => {
  it("are those of the window, and are only added", async () => {
    const { pool } = database;
    await pool.query(
      `INSERT INTO count_declaration (command, line, equipment, role, at, quantity, slot, reason, actor)
       SELECT 'command-' || n, 'bottling-1', 'bottling-1.filler', 'scrap',
              timestamptz '2026-11-23T05:59:00Z' + n * interval '1 minute', -n - 1, 1, 'recount', 'badge:1'
         FROM generate_series(0, 61) n WHERE n IN (0, 1, 60, 61)`,
    );
    expect(await readDeclaredCounts(pool, window)).toEqual(
      [1, 60].map((minute) => ({
        equipment: "bottling-1.filler",
        role: "scrap",
        atMs: at("05:59") + minute * 60_000,
        quantity: -minute - 1,
        slot: 1,
      })),
    );
    await expect(write("DELETE FROM count_declaration", [])).rejects.toThrow("only added");
  });
});
