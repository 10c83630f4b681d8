import type { Pool, PoolClient } from "pg";

/**
 * Runs one transaction on a client of its own. A client whose transaction failed in a way that leaves
 * its connection in doubt is destroyed, not reused.
 */
export async function transaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  { begin = "BEGIN" }: { begin?: "BEGIN" | "BEGIN ISOLATION LEVEL REPEATABLE READ" } = {},
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    if (error instanceof Error && error.message === "Query read timeout") broken = error;
    // Behind a query that hangs, a rollback would hang too.
    if (broken === undefined) {
      await client.query("ROLLBACK").catch((rollbackError: Error) => {
        broken = rollbackError;
      });
    }
    throw error;
  } finally {
    client.removeListener("error", onError);
    client.release(broken);
  }
}
