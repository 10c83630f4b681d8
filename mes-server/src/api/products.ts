import {
  orderingId,
  product as productSchema,
  productWanted,
  type Product,
} from "@only-mes/protocols/console/orders";
import { z } from "zod";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockMasterData } from "../store/lockMasterData.ts";
import { putProduct } from "../store/putProduct.ts";
import { readEnterprise } from "../store/readEnterprise.ts";
import { readProducts, readProductsById } from "../store/readProducts.ts";
import type { Change } from "../changes/carryOut.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorParameter, limitParameter, pageOfRows, positionOf } from "./paging.ts";

const tags = ["orders"];
const productParameters = z.strictObject({ id: orderingId });

const table: CsvTable<Product> = {
  name: "products",
  columns: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    unit: ({ unit }) => unit,
    erpCode: ({ erpCode }) => erpCode,
    version: ({ version }) => version,
  },
};

export function productRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/products",
    schema: {
      summary: "Products (materials, in the words of ISA-95)",
      tags,
      querystring: z.strictObject({
        q: z.string().min(1).max(100).optional().describe("In id, name or code of the ERP."),
        limit: limitParameter(100, 1_000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(productSchema) },
    },
    handler: (request, reply) =>
      answerList(reply, request.query, table, async ({ limit, cursor }) => {
        const afterId = positionOf(cursor, /^[A-Za-z0-9._-]{1,64}$/);
        const rows = await readProducts(pool, {
          afterId,
          search: request.query.q,
          limit: limit + 1,
        });
        return pageOfRows(
          rows,
          limit,
          (row) => row,
          ({ id }) => id,
        );
      }),
  });

  app.route({
    method: "GET",
    url: "/products/:id",
    schema: {
      summary: "One product",
      tags,
      params: productParameters,
      querystring: z.strictObject({}),
      response: { 200: productSchema },
    },
    handler: async ({ params }) => {
      const [product] = await readProductsById(pool, [params.id]);
      if (product === undefined) throw new ApiFailure("product_unknown", `"${params.id}"`, "id");
      return product;
    },
  });

  app.route({
    method: "PUT",
    url: "/products/:id",
    schema: {
      summary: "Creates a product, or changes it",
      description: "The same again changes nothing; to change one, send the version that was read.",
      tags,
      params: productParameters,
      body: productWanted,
      response: { 200: productSchema },
    },
    preValidation: changesAllowed(context),
    handler: (request) =>
      changed(context, request, { kind: "product.put", subject: request.params.id }, (change) =>
        put(change, request.params.id, request.body),
      ),
  });
}

async function put(
  { tx, nowMs }: Change,
  id: string,
  { name, unit, erpCode, expectedVersion }: z.infer<typeof productWanted>,
): Promise<Product> {
  await lockMasterData(tx, "product");
  const [known] = await readProductsById(tx, [id]);
  const isSame = known?.name === name && known.unit === unit && known.erpCode === erpCode;
  if (known !== undefined && isSame) return known;
  if (known !== undefined && expectedVersion === undefined) {
    const detail = `Product "${id}" has version ${known.version}.`;
    throw new ApiFailure("already_differs", detail, "expectedVersion");
  }
  expectVersion(expectedVersion, known?.version ?? 0);
  const product = { id, name, unit, erpCode, version: (known?.version ?? 0) + 1 };
  await putProduct(tx, product);
  const kind = known === undefined ? "product.created" : "product.changed";
  const equipment = await readEnterprise(tx);
  await insertOutboxEvents(tx, [{ kind, equipment, atMs: nowMs, data: { product: id } }]);
  return product;
}
