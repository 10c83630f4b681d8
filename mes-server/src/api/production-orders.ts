import {
  changeOutcomes,
  orderContent,
  orderingId,
  orderStatuses,
  orderWanted,
  productionOrder,
  type ProductionOrder,
} from "@only-mes/protocols/console/orders";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { changeOrders } from "../orders/order-changes.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { readOrders, readOrdersById, type OrderRow } from "../store/readOrders.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorParameter, limitParameter, pageOfRows, positionOf } from "./paging.ts";
import { instantParameter, isoOf } from "./window.ts";

const tags = ["orders"];
const orderParameters = z.strictObject({ id: orderingId });

const orderTable: CsvTable<ProductionOrder> = {
  name: "production-orders",
  columns: {
    id: ({ id }) => id,
    product: ({ product }) => product,
    quantity: ({ quantity }) => quantity,
    due: ({ due }) => due,
    priority: ({ priority }) => priority,
    customerReference: ({ customerReference }) => customerReference,
    status: ({ status }) => status,
    version: ({ version }) => version,
  },
};

const listParameters = z.strictObject({
  product: orderingId.optional(),
  status: z.enum(orderStatuses).optional(),
  customerReference: z.string().min(1).max(120).optional(),
  from: instantParameter.optional().describe("Due at or after this."),
  to: instantParameter.optional().describe("Due before this."),
  limit: limitParameter(100, 1_000),
  cursor: cursorParameter,
  ...csvParameters,
});

export function productionOrderRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/production-orders",
    schema: {
      summary: "Production orders, in order of their due times",
      description: "Those without a due time come last; with `from` or `to` they do not come.",
      tags,
      querystring: listParameters,
      response: { 200: listOrCsv(productionOrder) },
    },
    handler: (request, reply) =>
      answerList(reply, request.query, orderTable, (page) =>
        orderPage(context, request.query, page),
      ),
  });

  app.route({
    method: "GET",
    url: "/production-orders/:id",
    schema: {
      summary: "One production order",
      tags,
      params: orderParameters,
      querystring: z.strictObject({}),
      response: { 200: productionOrder },
    },
    handler: async ({ params }) => {
      const [order] = await readOrdersById(pool, [params.id]);
      if (order === undefined) throw new ApiFailure("order_unknown", `"${params.id}"`, "id");
      return orderAnswer(order);
    },
  });

  app.route({
    method: "PUT",
    url: "/production-orders/:id",
    schema: {
      summary: "Creates a production order, or changes it",
      description:
        "The same again changes nothing, however often it is scanned; to change one, send the version that was read.",
      tags,
      params: orderParameters,
      body: orderWanted,
      response: { 200: z.object({ order: productionOrder, outcome: z.enum(changeOutcomes) }) },
    },
    preValidation: changesAllowed(context),
    handler: (request) =>
      changed(context, request, { kind: "order.put", subject: request.params.id }, (change) =>
        putOne(change, request.params.id, request.body),
      ),
  });
}

async function orderPage(
  { pool }: ApiContext,
  query: z.infer<typeof listParameters>,
  { limit, cursor }: { limit: number; cursor: string | undefined },
) {
  const { product, status, customerReference, from, to } = query;
  const position = positionOf(cursor, /^(none|-?\d{1,15}) [A-Za-z0-9._-]{1,64}$/);
  const rows = await readOrders(pool, {
    after: position === undefined ? undefined : placeOf(position),
    product,
    status: status === undefined ? undefined : [status],
    customerReference,
    dueFromMs: from === undefined ? undefined : Date.parse(from),
    dueToMs: to === undefined ? undefined : Date.parse(to),
    limit: limit + 1,
  });
  return pageOfRows(rows, limit, orderAnswer, ({ dueMs, id }) => `${dueMs ?? "none"} ${id}`);
}

function placeOf(position: string): { dueMs: number | null; id: string } {
  const [due = "", id = ""] = position.split(" ");
  return { dueMs: due === "none" ? null : Number(due), id };
}

async function putOne(
  { tx, nowMs }: Change,
  id: string,
  body: z.infer<typeof orderWanted>,
): Promise<{ order: ProductionOrder; outcome: (typeof changeOutcomes)[number] }> {
  const { product, quantity, due, priority, customerReference, expectedVersion } = body;
  const content = orderContent.parse({ product, quantity, due, priority, customerReference });
  const { outcomes, events } = await changeOrders(tx, [{ ...content, id, expectedVersion }], nowMs);
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error("an order without an outcome");
  if (outcome.outcome === "refused") {
    throw new ApiFailure(outcome.code, outcome.detail, outcome.field);
  }
  await insertOutboxEvents(tx, events);
  return { order: orderAnswer(outcome.order), outcome: outcome.outcome };
}

function orderAnswer({ dueMs, ...order }: OrderRow): ProductionOrder {
  return { ...order, due: dueMs === null ? null : isoOf(dueMs) };
}
