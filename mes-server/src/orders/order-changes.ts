import type { ImportOutcome, OrderContent } from "@only-mes/protocols/console/orders";
import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import { lockMasterData } from "../store/lockMasterData.ts";
import { readEnterprise } from "../store/readEnterprise.ts";
import { putOrders } from "../store/putOrders.ts";
import { readBegunOrders } from "../store/readBegunOrders.ts";
import { readOrdersById, type OrderRow } from "../store/readOrders.ts";
import { readProductsById } from "../store/readProducts.ts";
import type { Transaction } from "../store/statement.ts";

export interface WantedOrder extends OrderContent {
  id: string;
  expectedVersion?: number | undefined;
}

type OrderRefusal = "product_unknown" | "already_differs" | "version_overtaken" | "order_begun";

export type OrderOutcome =
  | { outcome: Exclude<ImportOutcome["outcome"], "refused">; order: OrderRow }
  | { outcome: "refused"; code: OrderRefusal; detail: string; field: string };

/**
 * Writes production orders, each as its own: what is there already in the same words stays as it is, and
 * what cannot be taken is refused without harm to the others. Of two of the same id the later one is
 * compared with the earlier.
 */
export async function changeOrders(
  tx: Transaction,
  wanted: readonly WantedOrder[],
  atMs: number,
): Promise<{ outcomes: OrderOutcome[]; events: DomainEvent[] }> {
  await lockMasterData(tx, "production-order");
  const ids = [...new Set(wanted.map(({ id }) => id))];
  const known = new Map((await readOrdersById(tx, ids)).map((order) => [order.id, order]));
  const begun = new Set(await readBegunOrders(tx, ids));
  const products = new Set(
    (await readProductsById(tx, [...new Set(wanted.map(({ product }) => product))])).map(
      ({ id }) => id,
    ),
  );
  const enterprise = await readEnterprise(tx);
  const changed = new Map<string, OrderRow>();
  const events: DomainEvent[] = [];
  const outcomes = wanted.map((order) => {
    const outcome = outcomeOf(order, known.get(order.id), begun.has(order.id), products);
    if (outcome.outcome === "created" || outcome.outcome === "changed") {
      known.set(order.id, outcome.order);
      changed.set(order.id, outcome.order);
      events.push(eventOf(outcome.outcome, outcome.order, enterprise, atMs));
    }
    return outcome;
  });
  await putOrders(tx, [...changed.values()]);
  return { outcomes, events };
}

function outcomeOf(
  wanted: WantedOrder,
  known: OrderRow | undefined,
  isBegun: boolean,
  products: ReadonlySet<string>,
): OrderOutcome {
  const { due, expectedVersion, ...rest } = wanted;
  const content = { ...rest, dueMs: due === null ? null : Date.parse(due) };
  if (!products.has(wanted.product)) {
    return refused("product_unknown", `"${wanted.product}"`, "product");
  }
  if (known === undefined) {
    if (expectedVersion !== undefined && expectedVersion !== 0) {
      return refused("version_overtaken", `There is none of id "${wanted.id}".`, "expectedVersion");
    }
    const order = { ...content, status: "Planned" as const, jobs: [], version: 1 };
    return { outcome: "created", order };
  }
  const differing = differences(known, content);
  if (differing.length === 0) return { outcome: "unchanged", order: known };
  if (expectedVersion === undefined) {
    return refused(
      "already_differs",
      `Production order "${wanted.id}" has version ${known.version}, and another ${differing.join(", ")}.`,
      "expectedVersion",
    );
  }
  if (expectedVersion !== known.version) {
    return refused("version_overtaken", `It has version ${known.version}.`, "expectedVersion");
  }
  if (isBegun && differing.includes("product")) {
    return refused("order_begun", `It makes "${known.product}".`, "product");
  }
  return { outcome: "changed", order: { ...known, ...content, version: known.version + 1 } };
}

function refused(code: OrderRefusal, detail: string, field: string): OrderOutcome {
  return { outcome: "refused", code, detail, field };
}

const compared = ["product", "quantity", "dueMs", "priority", "customerReference"] as const;

function differences(
  known: OrderRow,
  content: Pick<OrderRow, (typeof compared)[number]>,
): string[] {
  return compared
    .filter((field) => known[field] !== content[field])
    .map((field) => (field === "dueMs" ? "due" : field));
}

function eventOf(
  outcome: "created" | "changed",
  order: OrderRow,
  enterprise: string,
  atMs: number,
): DomainEvent {
  const { id, product, quantity, priority, customerReference, version, dueMs } = order;
  const due = dueMs === null ? null : new Date(dueMs).toISOString();
  return {
    kind: `order.${outcome}`,
    equipment: enterprise,
    atMs,
    data: { order: id, product, quantity, due, priority, customerReference, version },
  };
}
