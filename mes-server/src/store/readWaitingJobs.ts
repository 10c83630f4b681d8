import type { WaitingJob } from "../domain/handover/handover-facts.ts";
import type { Transaction } from "./statement.ts";

/** Jobs of a line's dispatch queue that have not begun, or are on hold, in order. */
export async function readWaitingJobs(
  db: Transaction,
  { line, limit }: { line: string; limit: number },
): Promise<WaitingJob[]> {
  const { rows } = await db.query<Omit<WaitingJob, "quantity"> & { quantity: string }>(
    `SELECT j.id AS job, o.product, j.quantity::text, j.state
       FROM job j
       JOIN production_order o ON o.id = j.production_order
      WHERE j.line = $1 AND j.state IN ('Waiting', 'Ready', 'Held') AND j.sequence IS NOT NULL
      ORDER BY j.sequence, j.id
      LIMIT $2`,
    [line, limit],
  );
  return rows.map(({ quantity, ...row }) => ({ ...row, quantity: Number(quantity) }));
}
