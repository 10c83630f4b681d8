import type { Pool } from "pg";
import { readMigrations } from "../src/store/migrate.ts";

/** What all migrations together make, as a page for people. */
export async function schemaDump(pool: Pool): Promise<string> {
  const { rows: columns } = await pool.query<{
    table: string;
    column: string;
    type: string;
    nullable: boolean;
    fallback: string | null;
  }>(
    `SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
            NOT a.attnotnull AS nullable, pg_get_expr(d.adbin, d.adrelid) AS fallback
       FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      ORDER BY c.relname, a.attnum`,
  );
  const { rows: rules } = await pool.query<{ table: string; rule: string }>(
    `SELECT tablename AS table, replace(indexdef, 'public.', '') AS rule FROM pg_indexes
      WHERE schemaname = 'public'
      UNION ALL
     SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c') ORDER BY 1, 2`,
  );
  const { rows: hypertables } = await pool.query<{ table: string; rule: string }>(
    `SELECT hypertable_name AS table,
            'hypertable by ' || column_name || ', chunks of ' || time_interval AS rule
       FROM timescaledb_information.dimensions WHERE hypertable_schema = 'public'`,
  );
  const tables = [...new Set(columns.map(({ table }) => table))];
  const sections = tables.map((table) => {
    const rows = columns
      .filter((column) => column.table === table)
      .map(
        ({ column, type, nullable, fallback }) =>
          `| ${column} | ${type}${nullable ? "" : " NOT NULL"} | ${fallback ?? ""} |`,
      );
    const notes = [...hypertables, ...rules]
      .filter((rule) => rule.table === table)
      .map(({ rule }) => `- ${rule}`);
    return [
      `## ${table}`,
      "",
      "| column | type | default |",
      "|---|---|---|",
      ...rows,
      "",
      ...notes,
      "",
    ].join("\n");
  });
  const migrations = readMigrations().map(
    ({ number, name, sha256 }) => `| ${number} | ${name} | ${sha256} |`,
  );
  return [
    "# Schema",
    "",
    "What the migrations beside this page make together. `npx vitest run mes-server/src/store/migrate.test.ts -u`",
    "writes it anew; a migration that has been released is never changed, its hash stands here.",
    "",
    "| number | migration | sha256 |",
    "|---|---|---|",
    ...migrations,
    "",
    ...sections,
  ].join("\n");
}
