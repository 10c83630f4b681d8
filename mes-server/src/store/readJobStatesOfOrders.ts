import type { JobState } from "@only-mes/protocols/plant/job-state";
import type { OrderStatus } from "../domain/orders/order-status.ts";
import type { Transaction } from "./statement.ts";

/** Orders with their status as it is stored and the states of their jobs. They are locked. */
export async function readJobStatesOfOrders(
  tx: Transaction,
  orders: readonly string[],
): Promise<{ order: string; status: OrderStatus; states: JobState[] }[]> {
  // Locked first, by its own statement: a second one then sees what whoever held the lock has written.
  await tx.query("SELECT FROM production_order WHERE id = ANY($1) ORDER BY id FOR UPDATE", [
    orders,
  ]);
  const { rows } = await tx.query<{ order: string; status: OrderStatus; states: JobState[] }>(
    `SELECT o.id AS "order", o.status, ARRAY(SELECT j.state FROM job j WHERE j.production_order = o.id) AS states
       FROM production_order o WHERE o.id = ANY($1) ORDER BY o.id`,
    [orders],
  );
  return rows;
}
