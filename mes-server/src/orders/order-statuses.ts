import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import { orderStatus } from "../domain/orders/order-status.ts";
import { readJobStatesOfOrders } from "../store/readJobStatesOfOrders.ts";
import { setOrderStatus } from "../store/setOrderStatus.ts";
import type { Transaction } from "../store/statement.ts";

/** After jobs of a line have changed: sets what follows for their orders, and tells what has. */
export async function updateOrderStatuses(
  tx: Transaction,
  { orders, line, atMs }: { orders: readonly string[]; line: string; atMs: number },
): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  if (orders.length === 0) return events;
  for (const { order, status, states } of await readJobStatesOfOrders(tx, [...new Set(orders)])) {
    const next = orderStatus(states);
    if (next === status) continue;
    await setOrderStatus(tx, order, next);
    events.push({
      kind: "order.statusChanged",
      equipment: line,
      atMs,
      data: { order, status: next, before: status },
    });
  }
  return events;
}
