import pg from "pg";

/** A database that belongs to one run, and goes with it. */
export interface OwnDatabase extends AsyncDisposable {
  /** Absent where every server embeds its own. */
  url?: string;
}

let made = 0;

/**
 * Where DATABASE_URL names a real server: a new database on it, so that runs neither see each other
 * nor what is kept there. It is dropped at the end.
 */
export async function ownDatabase(): Promise<OwnDatabase> {
  const given = process.env.DATABASE_URL;
  if (given === undefined || given === "") return { async [Symbol.asyncDispose]() {} };
  const name = `only_mes_run_${process.pid}_${Date.now()}_${made++}`;
  await administer(given, `CREATE DATABASE ${name}`);
  const url = new URL(given);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => administer(given, `DROP DATABASE ${name} WITH (FORCE)`),
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
