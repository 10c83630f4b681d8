import type { OrderRow } from "./readOrders.ts";
import type { Transaction } from "./statement.ts";

/** Writes production orders as they are from now on; their status is left as it is. */
export async function putOrders(
  tx: Transaction,
  orders: readonly Omit<OrderRow, "status" | "jobs">[],
): Promise<void> {
  if (orders.length === 0) return;
  await tx.query(
    `INSERT INTO production_order (id, product, quantity, due, priority, customer_reference, version)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::int[], $6::text[], $7::int[])
     ON CONFLICT (id) DO UPDATE
        SET product = excluded.product, quantity = excluded.quantity, due = excluded.due,
            priority = excluded.priority, customer_reference = excluded.customer_reference,
            version = excluded.version`,
    [
      orders.map(({ id }) => id),
      orders.map(({ product }) => product),
      orders.map(({ quantity }) => quantity),
      orders.map(({ dueMs }) => (dueMs === null ? null : new Date(dueMs))),
      orders.map(({ priority }) => priority),
      orders.map(({ customerReference }) => customerReference),
      orders.map(({ version }) => version),
    ],
  );
}
