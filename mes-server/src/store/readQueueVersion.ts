import type { Transaction } from "./statement.ts";

/** How often the dispatch queue of a line was put in order. */
export async function readQueueVersion(db: Transaction, line: string): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    "SELECT version FROM dispatch_queue WHERE line = $1",
    [line],
  );
  return rows[0]?.version ?? 0;
}
