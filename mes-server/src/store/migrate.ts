import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Pool, PoolClient } from "pg";
import { transaction } from "./transaction.ts";

export interface Migration {
  number: number;
  name: string;
  sql: string;
  sha256: string;
}

/** The schema of this database is not one that this version may work on. The message says what to do. */
export class SchemaRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SchemaRefused";
  }
}

const migrationsDirectory = fileURLToPath(new URL("../../sql", import.meta.url));

/** The migrations of a directory: `0001_name.sql`, numbered without a gap from 1. */
export function readMigrations(directory: string = migrationsDirectory): Migration[] {
  const files = readdirSync(directory)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort();
  return files.map((file, index) => {
    const number = Number(file.slice(0, 4));
    if (number !== index + 1) throw new RangeError(`${file}: migration ${index + 1} is missing`);
    const sql = readFileSync(join(directory, file), "utf8");
    const sha256 = createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
    return { number, name: file.slice(5, -4), sql, sha256 };
  });
}

/** Two servers that start at once must not both migrate. */
const lockNumber = 7_263_541;

/**
 * Brings the database to the newest schema. A migration that was applied never changes.
 *
 * @throws {SchemaRefused} if the database is of a newer version, or an applied migration was changed;
 * nothing has been changed then.
 */
export async function migrate(
  pool: Pool,
  migrations: readonly Migration[] = readMigrations(),
): Promise<void> {
  for (;;) {
    const isCurrent = await transaction(pool, async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock($1)", [lockNumber]);
      const next = await nextMigration(tx, migrations);
      if (next === undefined) return true;
      await tx.query(next.sql);
      await tx.query("INSERT INTO schema_migration (number, name, sha256) VALUES ($1, $2, $3)", [
        next.number,
        next.name,
        next.sha256,
      ]);
      return next.number === migrations.length;
    });
    if (isCurrent) return;
  }
}

async function nextMigration(
  tx: PoolClient,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  const applied = await appliedMigrations(tx);
  for (const { number, name, sha256 } of applied) {
    const known = migrations[number - 1];
    if (known === undefined) {
      throw new SchemaRefused(
        `the database has schema ${number} (${name}), this version knows ${migrations.length}: ` +
          "it was used with a newer version of Only MES. Start that version, or choose another " +
          "database with --data-dir or DATABASE_URL. Nothing was changed",
      );
    }
    if (known.sha256 !== sha256) {
      throw new SchemaRefused(
        `migration ${number} (${name}) is not what was applied to this database: ` +
          "an applied migration must not be changed, add a new one instead. Nothing was changed",
      );
    }
  }
  return migrations[applied.length];
}

async function appliedMigrations(
  tx: PoolClient,
): Promise<{ number: number; name: string; sha256: string }[]> {
  const { rows: tables } = await tx.query<{ known: boolean }>(
    "SELECT to_regclass('schema_migration') IS NOT NULL AS known",
  );
  if (tables[0]?.known !== true) {
    await tx.query("CREATE EXTENSION IF NOT EXISTS timescaledb");
    await tx.query(
      `CREATE TABLE schema_migration (
         number      int PRIMARY KEY,
         name        text NOT NULL,
         sha256      text NOT NULL,
         applied_at  timestamptz NOT NULL DEFAULT now()
       )`,
    );
    return [];
  }
  const { rows } = await tx.query<{ number: number; name: string; sha256: string }>(
    "SELECT number, name, sha256 FROM schema_migration ORDER BY number",
  );
  return rows;
}
