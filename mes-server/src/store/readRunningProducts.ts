import type { Transaction } from "./statement.ts";

/** Products that some line makes at an instant, and since when. */
export async function readRunningProducts(
  db: Transaction,
  atMs: number,
): Promise<{ product: string; fromMs: number }[]> {
  const { rows } = await db.query<{ product: string; from_ts: Date }>(
    `SELECT o.product, i.from_ts
       FROM job_interval i
       JOIN job j ON j.id = i.job
       JOIN production_order o ON o.id = j.production_order
      WHERE i.from_ts <= $1 AND (i.to_ts IS NULL OR i.to_ts > $1)`,
    [new Date(atMs)],
  );
  return rows.map(({ product, from_ts }) => ({ product, fromMs: from_ts.getTime() }));
}
