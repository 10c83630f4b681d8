import type { ProductionOrder } from "@only-mes/protocols/console/orders";
import type { Transaction } from "./statement.ts";

export interface OrderRow extends Omit<ProductionOrder, "due"> {
  dueMs: number | null;
}

export interface OrderPage {
  /** Place of the last one of the page before. */
  after: { dueMs: number | null; id: string } | undefined;
  product: string | undefined;
  status: readonly string[] | undefined;
  customerReference: string | undefined;
  dueFromMs: number | undefined;
  dueToMs: number | undefined;
  limit: number;
}

const columns = `o.id, o.product, o.quantity::text, o.due, o.priority,
  o.customer_reference AS "customerReference", o.status, o.version,
  ARRAY(SELECT j.id FROM job j WHERE j.production_order = o.id ORDER BY j.operation) AS jobs`;

/** Production orders in order of their due times, those without one last. */
export async function readOrders(db: Transaction, page: OrderPage): Promise<OrderRow[]> {
  const { rows } = await db.query<RawOrder>(
    `SELECT ${columns} FROM production_order o
      WHERE ($1::timestamptz IS NULL OR (coalesce(o.due, 'infinity'), o.id) > ($1, $2))
        AND ($3::text IS NULL OR o.product = $3)
        AND ($4::text[] IS NULL OR o.status = ANY($4))
        AND ($5::text IS NULL OR o.customer_reference = $5)
        AND ($6::timestamptz IS NULL OR o.due >= $6)
        AND ($7::timestamptz IS NULL OR o.due < $7)
      ORDER BY coalesce(o.due, 'infinity'), o.id
      LIMIT $8`,
    [
      page.after === undefined ? null : placeOf(page.after.dueMs),
      page.after?.id ?? null,
      page.product ?? null,
      page.status ?? null,
      page.customerReference ?? null,
      page.dueFromMs === undefined ? null : new Date(page.dueFromMs),
      page.dueToMs === undefined ? null : new Date(page.dueToMs),
      page.limit,
    ],
  );
  return rows.map(orderOf);
}

/** Those of the ids that are known. */
export async function readOrdersById(db: Transaction, ids: readonly string[]): Promise<OrderRow[]> {
  const { rows } = await db.query<RawOrder>(
    `SELECT ${columns} FROM production_order o WHERE o.id = ANY($1) ORDER BY o.id`,
    [ids],
  );
  return rows.map(orderOf);
}

type RawOrder = Omit<OrderRow, "dueMs" | "quantity"> & { due: Date | null; quantity: string };

function orderOf({ due, quantity, ...row }: RawOrder): OrderRow {
  return { ...row, quantity: Number(quantity), dueMs: due === null ? null : due.getTime() };
}

function placeOf(dueMs: number | null): string {
  return dueMs === null ? "infinity" : new Date(dueMs).toISOString();
}
