import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Every statement of the outbox, prepared once. */
export function prepareStatements(db: DatabaseSync) {
  const statement = (sql: string): StatementSync => db.prepare(sql);
  return {
    insert: statement(
      "INSERT INTO message (sequence, device, samples, gateway_ms, body, tells_gap) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    sumOf: statement(
      `SELECT count(*) AS rows, coalesce(sum(samples > 0 OR tells_gap = 1), 0) AS messages,
         coalesce(sum(samples), 0) AS samples, coalesce(sum(length(body)), 0) AS bytes
       FROM message WHERE sequence BETWEEN ? AND ?`,
    ),
    trim: statement("DELETE FROM message WHERE sequence BETWEEN ? AND ?"),
    after: statement(
      "SELECT sequence, device, samples, body FROM message WHERE sequence > ? ORDER BY sequence LIMIT ?",
    ),
    oldest: statement("SELECT gateway_ms FROM message ORDER BY sequence LIMIT 1"),
    deliveryAliases: statement("SELECT alias FROM alias WHERE metric LIKE '%/' || ?"),
    aliasOf: statement("SELECT alias FROM alias WHERE metric = ? AND datatype = ?"),
    datatypeOf: statement(
      "SELECT datatype FROM alias WHERE metric = ? ORDER BY alias DESC LIMIT 1",
    ),
    newAlias: statement("INSERT INTO alias (metric, datatype) VALUES (?, ?)"),
    observed: statement(
      `INSERT INTO observed VALUES (?, ?)
       ON CONFLICT (device) DO UPDATE SET until_ms = excluded.until_ms`,
    ),
  };
}
