import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { schemaDump } from "../../tests/schema-dump.ts";
import { keepSamples } from "./keepSamples.ts";
import { migrate, readMigrations, SchemaRefused } from "./migrate.ts";
import { runJobs } from "./runJobs.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe("the schema", () => {
  test("is the one that is written down in sql/schema.md", async () => {
    const dump = await schemaDump(database.pool);
    await expect(dump).toMatchFileSnapshot("../../sql/schema.md");
  });

  test("is not migrated twice", async () => {
    await migrate(database.pool);
    const { rows } = await database.pool.query("SELECT number FROM schema_migration");
    expect(rows).toHaveLength(readMigrations().length);
  });

  test("of a newer version is refused and not touched", async () => {
    const next = readMigrations().length + 1;
    await database.pool.query("INSERT INTO schema_migration VALUES ($1, 'from the future', 'x')", [
      next,
    ]);
    await expect(migrate(database.pool)).rejects.toThrow(/newer version.*Nothing was changed/s);
    await database.pool.query("DELETE FROM schema_migration WHERE number = $1", [next]);
  });

  test("is refused when an applied migration was changed", async () => {
    const changed = readMigrations().map((each) => ({ ...each, sha256: "changed" }));
    await expect(migrate(database.pool, changed)).rejects.toThrow(SchemaRefused);
  });

  test("takes the next migration, and none of it if it fails", async () => {
    const now = readMigrations();
    const number = now.length + 1;
    const next = { number, name: "next", sha256: "next", sql: "CREATE TABLE next_one (id int)" };
    const broken = { ...next, sql: `${next.sql}; SELECT 1 / 0` };
    await expect(migrate(database.pool, [...now, broken])).rejects.toThrow("division by zero");
    await migrate(database.pool, [...now, next]);
    await database.pool.query("DROP TABLE next_one");
    await database.pool.query("DELETE FROM schema_migration WHERE number = $1", [number]);
  });

  test("keeps samples for as long as it is told, compresses and drops them", async () => {
    await keepSamples(database.pool, 400);
    await keepSamples(database.pool, 30);
    const { rows } = await database.pool.query(
      `SELECT proc_name, config ->> 'drop_after' AS drop_after,
              config ->> 'compress_after' AS compress_after
         FROM timescaledb_information.jobs WHERE hypertable_name = 'sample' ORDER BY proc_name`,
    );
    expect(rows).toEqual([
      { proc_name: "policy_compression", drop_after: null, compress_after: "7 days" },
      { proc_name: "policy_retention", drop_after: "30 days", compress_after: null },
    ]);
    await database.pool.query(
      `INSERT INTO sample (signal, ordinal, ts, gateway_ts, epoch, sequence, value, quality)
       SELECT 1, 0, now() - make_interval(days => d), now(), 1, d, d, 192 FROM unnest($1::int[]) d`,
      [[1, 10, 40]],
    );
    await runJobs(database.pool);
    const kept = await database.pool.query("SELECT sequence::int FROM sample ORDER BY sequence");
    expect(kept.rows).toEqual([{ sequence: 1 }, { sequence: 10 }]);
    const chunks = await database.pool.query(
      `SELECT is_compressed FROM timescaledb_information.chunks
        WHERE hypertable_name = 'sample' ORDER BY range_start`,
    );
    expect(chunks.rows).toEqual([{ is_compressed: true }, { is_compressed: false }]);
  });
});
