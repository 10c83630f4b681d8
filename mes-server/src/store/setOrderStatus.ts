import type { OrderStatus } from "../domain/orders/order-status.ts";
import type { Transaction } from "./statement.ts";

export async function setOrderStatus(
  tx: Transaction,
  order: string,
  status: OrderStatus,
): Promise<void> {
  await tx.query("UPDATE production_order SET status = $2 WHERE id = $1", [order, status]);
}
