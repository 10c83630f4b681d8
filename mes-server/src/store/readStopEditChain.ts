import { keptStopEdit, type KeptStopEdit, type StopEditRow } from "./readStopEdits.ts";
import type { Transaction } from "./statement.ts";

/** An edit, what it undoes, and all that undoes it, undos of undos included; empty if there is none. */
export async function readStopEditChain(db: Transaction, id: string): Promise<KeptStopEdit[]> {
  const { rows } = await db.query<StopEditRow>(
    `WITH RECURSIVE chain AS (
       SELECT * FROM stop_edit WHERE id = $1
       UNION
       SELECT e.* FROM stop_edit e JOIN chain c ON e.undoes = c.id OR e.id = c.undoes)
     SELECT * FROM chain ORDER BY occurred_at, id`,
    [id],
  );
  return rows.map(keptStopEdit);
}
