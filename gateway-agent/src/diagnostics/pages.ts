import type { CommandLedger } from "../commands/ledger.ts";
import { healthPage } from "./health-page.ts";
import type { Pages } from "./http.ts";
import { gatewayMetrics } from "./metrics.ts";
import type { GatewayStatus } from "./status.ts";

const commandsShown = 200;

/** What the gateway's own port shows. */
export function gatewayPages(
  status: () => GatewayStatus,
  ledger: Pick<CommandLedger, "latest">,
  now: () => number,
): Pages {
  const metrics = gatewayMetrics(status);
  return {
    "/": () => ({ type: "text/html; charset=utf-8", body: healthPage(status(), now()) }),
    "/status": () => ({ type: "application/json", body: JSON.stringify(status()) }),
    "/commands": () => ({
      type: "application/json",
      body: JSON.stringify(ledger.latest(commandsShown)),
    }),
    "/livez": () => ({ type: "text/plain", body: "ok\n" }),
    "/readyz": () => {
      const { state } = status().uplink;
      return { status: state === "online" ? 200 : 503, type: "text/plain", body: `${state}\n` };
    },
    "/metrics": async () => ({ type: metrics.contentType, body: await metrics.scrape() }),
  };
}
