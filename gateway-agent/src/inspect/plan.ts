import { plantClock } from "@only-mes/protocols/plant/clock";
import type { Device, DeviceMap } from "@only-mes/protocols/device-map/schema";
import { functionCodeOf, isBitTable, modbusPoints } from "../drivers/modbus/address.ts";
import { planReads, wasteOf } from "../drivers/modbus/plan.ts";
import { opcuaPoints } from "../drivers/opcua/address.ts";
import { planItems } from "../drivers/opcua/plan.ts";
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
  if (device.driver === "opcua") {
    return planItems(opcuaPoints(device), plantClock()).map(({ samplingMs, points }) => ({
      device: device.id,
      periodMs: samplingMs,
      request: "monitor",
      from: points[0]?.text ?? "",
      count: points.length,
      tags: points.length,
      waste: 0,
    }));
  }
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

function summary(requests: readonly PlannedRequest[]): string {
  const perSecond = requests
    .filter(({ request }) => request !== "monitor")
    .reduce((sum, { periodMs }) => sum + 1000 / periodMs, 0);
  const tags = requests.reduce((sum, request) => sum + request.tags, 0);
  return `${tags} tags in ${requests.length} requests; ${perSecond.toFixed(1)} Modbus requests a second`;
}
