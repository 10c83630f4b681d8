import { plantClock } from "@only-mes/protocols/plant/clock";
import type { Device, DeviceMap, OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import { functionCodeOf, isBitTable, modbusPoints } from "../drivers/modbus/address.ts";
import { planReads, wasteOf } from "../drivers/modbus/plan.ts";
import { opcuaPoints } from "../drivers/opcua/address.ts";
import {
  inBatches,
  nodesPerRequestUnknown,
  planItems,
  planPolls,
  type PolledNode,
} from "../drivers/opcua/plan.ts";
import type { Command, Outcome } from "./command.ts";
import { readMap } from "./read-map.ts";
import { formatTable } from "./table.ts";
import { validateCommand } from "./validate.ts";

/** One request that is made every period, or one that monitors items at that period. */
interface PlannedRequest {
  device: string;
  periodMs: number;
  request: string;
  from: string;
  /** Registers, bits or items. */
  count: number;
  tags: number;
  /** Registers or bits read for nothing. */
  waste: number;
}

export const plan: Command = {
  summary:
    "Shows the requests that the gateway makes of a device map, and what they read for nothing.",
  takes: "<device map>",
  argumentsMin: 1,
  argumentsMax: 1,
  options: {},
  examples: ["plan my-plant.yaml", "plan my-plant.yaml --json"],
  run: (call) => planCommand(call.args[0] ?? "", call.flag("json")),
};

function planCommand(mapFile: string, asJson: boolean): Outcome {
  const read = readMap(mapFile);
  if (read.unreadable !== undefined) return { output: `${read.unreadable}\n`, exitCode: 2 };
  const { map } = read.parsed;
  if (map === undefined) return validateCommand(mapFile, asJson);
  const requests = plannedRequests(map);
  if (asJson) return { output: `${JSON.stringify({ file: mapFile, requests })}\n`, exitCode: 0 };
  const table = formatTable(
    ["device", "period", "request", "from", "count", "tags", "for nothing"],
    requests.map(({ device, periodMs, request, from, count, tags, waste }) => [
      device,
      `${periodMs} ms`,
      request,
      from,
      String(count),
      String(tags),
      String(waste),
    ]),
  );
  return { output: `${table}\n${summary(requests)}\n`, exitCode: 0 };
}

function plannedRequests(map: DeviceMap): PlannedRequest[] {
  return map.devices.flatMap((device) => requestsOf(device));
}

function requestsOf(device: Device): PlannedRequest[] {
  if (device.driver === "opcua") return opcuaRequestsOf(device);
  return planReads(modbusPoints(device), device).flatMap(({ periodMs, blocks }) =>
    blocks.map((block) => ({
      device: device.id,
      periodMs,
      request: `FC${functionCodeOf[block.table]} ${isBitTable(block.table) ? "bits" : "registers"}`,
      from: `${block.table}:${block.first}`,
      count: block.count,
      tags: block.points.length,
      waste: wasteOf(block),
    })),
  );
}

function opcuaRequestsOf(device: OpcuaDevice): PlannedRequest[] {
  const points = opcuaPoints(device);
  const request = (what: string, periodMs: number, nodes: readonly PolledNode[]) => ({
    device: device.id,
    periodMs,
    request: what,
    from: nodes[0]?.points[0]?.text ?? "",
    count: nodes.length,
    tags: nodes.reduce((sum, node) => sum + node.points.length, 0),
    waste: 0,
  });
  if (device.mode === "poll") {
    return planPolls(points, plantClock()).flatMap(({ periodMs, nodes }) =>
      inBatches(nodes, device.maxNodesPerRequest ?? nodesPerRequestUnknown).map((batch) =>
        request("read", periodMs, batch),
      ),
    );
  }
  return planItems(points, plantClock(), device.maxNodesPerRequest).map(({ samplingMs, items }) =>
    request("monitor", samplingMs, items),
  );
}

function summary(requests: readonly PlannedRequest[]): string {
  const perSecond = requests
    .filter(({ request }) => request.startsWith("FC"))
    .reduce((sum, { periodMs }) => sum + 1000 / periodMs, 0);
  const tags = requests.reduce((sum, request) => sum + request.tags, 0);
  return `${tags} tags in ${requests.length} requests; ${perSecond.toFixed(1)} Modbus requests a second`;
}
