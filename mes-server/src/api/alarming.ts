import { alarmActionRoutes } from "./alarm-actions.ts";
import { alarmDefinitionRoutes } from "./alarm-definitions.ts";
import { alarmHistoryRoutes } from "./alarm-history.ts";
import { alarmImportRoutes } from "./alarm-import.ts";
import { alarmRoutes } from "./alarms.ts";
import { andonCallRoutes } from "./andon-calls.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { escalationRuleRoutes } from "./escalation-rules.ts";

/** Alarms after ISA-18.2, and andon calls. */
export function alarmingRoutes(app: ApiApp, context: ApiContext): void {
  alarmDefinitionRoutes(app, context);
  alarmImportRoutes(app, context);
  alarmRoutes(app, context);
  alarmHistoryRoutes(app, context);
  alarmActionRoutes(app, context);
  andonCallRoutes(app, context);
  escalationRuleRoutes(app, context);
}
