import type { Product } from "@only-mes/protocols/console/orders";
import type { Transaction } from "./statement.ts";

/** Writes a product as it is from now on. */
export async function putProduct(tx: Transaction, product: Product): Promise<void> {
  await tx.query(
    `INSERT INTO product (id, name, unit, erp_code, version) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE
        SET name = excluded.name, unit = excluded.unit, erp_code = excluded.erp_code,
            version = excluded.version`,
    [product.id, product.name, product.unit, product.erpCode, product.version],
  );
}
