import pg from "pg";

/**
 * Where DATABASE_URL names a real server, a database of this run's own on it: processes that are started
 * while it is held use it. It is dropped at the end. Without DATABASE_URL every server embeds its own.
 */
export async function benchDatabase(): Promise<AsyncDisposable> {
  const given = process.env.DATABASE_URL;
  if (given === undefined) return { async [Symbol.asyncDispose]() {} };
  const name = `only_mes_bench_${process.pid}_${Date.now()}`;
  await administer(given, `CREATE DATABASE ${name}`);
  const url = new URL(given);
  url.pathname = `/${name}`;
  process.env.DATABASE_URL = url.href;
  return {
    async [Symbol.asyncDispose]() {
      process.env.DATABASE_URL = given;
      await administer(given, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
