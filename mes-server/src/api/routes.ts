import { alarmingRoutes } from "./alarming.ts";
import { bindingRoutes } from "./bindings.ts";
import { brandRoutes, type BrandContext } from "./brand.ts";
import { calendarDayRoutes } from "./calendar-days.ts";
import { characteristicRoutes } from "./characteristics.ts";
import { commandRoutes } from "./commands.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { equipmentChangeRoutes } from "./equipment-changes.ts";
import { equipmentRoutes } from "./equipment.ts";
import { eventRoutes } from "./events.ts";
import { gapRoutes } from "./gaps.ts";
import { gatewayRoutes } from "./gateways.ts";
import { handoverRoutes } from "./handover.ts";
import { historyRoutes } from "./history.ts";
import { kpiRoutes } from "./kpis.ts";
import { labourRoutes } from "./labour.ts";
import { lineRoutes } from "./lines.ts";
import { measurementRoutes } from "./measurements.ts";
import { qualityChartRoutes } from "./quality-charts.ts";
import { plannedDowntimeRoutes } from "./planned-downtimes.ts";
import { periodLockRoutes } from "./period-locks.ts";
import { plantModelRoutes } from "./plant-model.ts";
import { lineRuleRoutes } from "./line-rules.ts";
import { reasonTreeRoutes } from "./reason-tree.ts";
import { orderingRoutes } from "./ordering.ts";
import { shiftPatternRoutes } from "./shift-patterns.ts";
import { shiftRoutes } from "./shifts.ts";
import { signalRoutes } from "./signals.ts";
import { sourceRoutes } from "./sources.ts";
import { stopEditRoutes } from "./stop-edits.ts";
import { stopRoutes } from "./stops.ts";
import { unboundSignalRoutes } from "./unbound-signals.ts";
import { unitRoutes } from "./units.ts";
import { webhookDeadLetterRoutes } from "./webhook-dead-letters.ts";
import { webhookRoutes } from "./webhooks.ts";

/** Everything under /api: the resources of version 1, and what describes them. */
export function apiRoutes(app: ApiApp, context: ApiContext & BrandContext): void {
  app.route({
    method: "GET",
    url: "/openapi.json",
    schema: { hide: true },
    handler: async () => app.swagger(),
  });
  app.register(
    async (v1: ApiApp) => {
      plantModelRoutes(v1, context);
      equipmentRoutes(v1, context);
      equipmentChangeRoutes(v1, context);
      lineRoutes(v1, context);
      lineRuleRoutes(v1, context);
      unitRoutes(v1, context);
      stopRoutes(v1, context);
      stopEditRoutes(v1, context);
      reasonTreeRoutes(v1, context);
      signalRoutes(v1, context);
      unboundSignalRoutes(v1, context);
      bindingRoutes(v1, context);
      historyRoutes(v1, context);
      sourceRoutes(v1, context);
      gatewayRoutes(v1, context);
      deadLetterRoutes(v1, context);
      gapRoutes(v1, context);
      characteristicRoutes(v1, context);
      measurementRoutes(v1, context);
      qualityChartRoutes(v1, context);
      labourRoutes(v1, context);
      handoverRoutes(v1, context);
      commandRoutes(v1, context);
      eventRoutes(v1, context);
      webhookRoutes(v1, context);
      webhookDeadLetterRoutes(v1, context);
      orderingRoutes(v1, context);
      shiftPatternRoutes(v1, context);
      calendarDayRoutes(v1, context);
      shiftRoutes(v1, context);
      plannedDowntimeRoutes(v1, context);
      kpiRoutes(v1, context);
      periodLockRoutes(v1, context);
      alarmingRoutes(v1, context);
      brandRoutes(v1, context);
    },
    { prefix: "/v1" },
  );
}
