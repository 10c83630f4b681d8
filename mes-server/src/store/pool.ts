import pg from "pg";
import type { Logger } from "pino";

export interface PoolSetting {
  url: string;
  /** 1 for the embedded database, which has one session. */
  size: number;
  statementTimeoutMs: number;
}

/**
 * The connections to the database. Code inside a transaction uses that transaction's client only:
 * with one connection, asking the pool for another would wait for ever.
 */
export function openPool({ url, size, statementTimeoutMs }: PoolSetting, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 0,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1000,
    keepAlive: true,
    application_name: "only-mes",
    options: "-c timezone=UTC",
  });
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on("error", (error) => log.warn({ err: error }, "a database connection was lost"));
  return pool;
}
