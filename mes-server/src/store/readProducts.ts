import type { Product } from "@only-mes/protocols/console/orders";
import type { Transaction } from "./statement.ts";

const columns = `id, name, unit, erp_code AS "erpCode", version`;

/** Products in order of their ids, at most `limit`. */
export async function readProducts(
  db: Transaction,
  page: { afterId: string | undefined; search: string | undefined; limit: number },
): Promise<Product[]> {
  const { rows } = await db.query<Product>(
    `SELECT ${columns} FROM product
      WHERE ($1::text IS NULL OR id > $1)
        AND ($2::text IS NULL OR strpos(lower(id || ' ' || name || ' ' || coalesce(erp_code, '')), lower($2)) > 0)
      ORDER BY id LIMIT $3`,
    [page.afterId ?? null, page.search ?? null, page.limit],
  );
  return rows;
}

/** Those of the ids that are known. */
export async function readProductsById(
  db: Transaction,
  ids: readonly string[],
): Promise<Product[]> {
  const { rows } = await db.query<Product>(
    `SELECT ${columns} FROM product WHERE id = ANY($1) ORDER BY id`,
    [ids],
  );
  return rows;
}
