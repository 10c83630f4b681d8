import { capacitySlotRoutes } from "./capacity-slots.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { cycleStandardRoutes } from "./cycle-standards.ts";
import { declarationRoutes } from "./declarations.ts";
import { dispatchQueueRoutes } from "./dispatch-queues.ts";
import { jobCommandRoutes } from "./job-commands.ts";
import { jobRoutes } from "./jobs.ts";
import { orderImportRoutes } from "./order-import.ts";
import { productRoutes } from "./products.ts";
import { productionOrderRoutes } from "./production-orders.ts";

/** What is to be made, and what is being made: from products to counts by hand. */
export function orderingRoutes(app: ApiApp, context: ApiContext): void {
  productRoutes(app, context);
  productionOrderRoutes(app, context);
  orderImportRoutes(app, context);
  jobRoutes(app, context);
  jobCommandRoutes(app, context);
  dispatchQueueRoutes(app, context);
  capacitySlotRoutes(app, context);
  cycleStandardRoutes(app, context);
  declarationRoutes(app, context);
}
