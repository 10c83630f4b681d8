import type { Transaction } from "./statement.ts";

/** Of these production orders, those of whose jobs something was told. */
export async function readBegunOrders(
  tx: Transaction,
  orders: readonly string[],
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT DISTINCT j.production_order AS id
       FROM job j JOIN job_fact f ON f.job = j.id
      WHERE j.production_order = ANY($1)`,
    [orders],
  );
  return rows.map(({ id }) => id);
}
