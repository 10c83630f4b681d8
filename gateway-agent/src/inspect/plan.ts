import { plantClock } from "@only-mes/protocols/plant/clock";
import type { Device, DeviceMap, OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import { functionCodeOf, isBitTable, modbusPoints } from "../drivers/modbus/address.ts";
import { serialDefaults } from "../drivers/modbus/open-link.ts";
import { planReads, wasteOf } from "../drivers/modbus/plan.ts";
import { silenceMs } from "../drivers/modbus/rtu.ts";
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
  endpoint: string;
  /** Of a Modbus bus. */
  unit?: number;
  periodMs: number;
  request: string;
  /** The first node, or the span of registers or bits, base 0. */
  span: string;
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
    ["device", "unit", "period", "request", "span", "count", "tags", "for nothing"],
    requests.map(({ device, unit, periodMs, request, span, count, tags, waste }) => [
      device,
      unit === undefined ? "" : String(unit),
      `${periodMs} ms`,
      request,
      span,
      String(count),
      String(tags),
      String(waste),
    ]),
  );
  const lines = [table, summary(requests), ...buses(map, requests)];
  return { output: `${lines.join("\n")}\n`, exitCode: 0 };
}

function plannedRequests(map: DeviceMap): PlannedRequest[] {
  return map.devices.flatMap((device) => requestsOf(device));
}

function requestsOf(device: Device): PlannedRequest[] {
  if (device.driver === "opcua") return opcuaRequestsOf(device);
  return planReads(modbusPoints(device), device).flatMap(({ periodMs, blocks }) =>
    blocks.map((block) => ({
      device: device.id,
      endpoint: device.endpoint,
      unit: device.unitId,
      periodMs,
      request: `FC${functionCodeOf[block.table]} ${isBitTable(block.table) ? "bits" : "registers"}`,
      span: `${block.table}:${block.first}${block.count > 1 ? `-${block.first + block.count - 1}` : ""}`,
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
    endpoint: device.endpoint,
    periodMs,
    request: what,
    span: nodes[0]?.points[0]?.text ?? "",
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
  const tags = requests.reduce((sum, request) => sum + request.tags, 0);
  const polled = requests.filter(isModbus);
  const read = polled.reduce((sum, { count }) => sum + count, 0);
  const waste = polled.reduce((sum, request) => sum + request.waste, 0);
  return (
    `${tags} tags in ${requests.length} requests; ${perSecond(polled).toFixed(1)} Modbus requests a second` +
    (read === 0 ? "" : `, ${waste} of ${read} registers and bits for nothing`)
  );
}

/** Units that share a connection wait for each other; a serial line has an end to what it carries. */
function buses(map: DeviceMap, requests: readonly PlannedRequest[]): string[] {
  const devices = map.devices.filter((device) => device.driver === "modbus");
  return [...Map.groupBy(devices, ({ endpoint }) => endpoint)].flatMap(([endpoint, units]) => {
    const [first] = units;
    const isSerial = endpoint.startsWith("serial:");
    if (first === undefined || (units.length < 2 && !isSerial)) return [];
    const ofBus = requests.filter((request) => request.endpoint === endpoint);
    const rate = `${endpoint}: ${units.length} unit(s), ${perSecond(ofBus).toFixed(1)} requests a second`;
    if (!isSerial) return [rate];
    const { baudRate } = first.serial ?? serialDefaults;
    const busy = ofBus.reduce(
      (sum, { count, request, periodMs }) =>
        sum + lineMs(request.endsWith("bits") ? count / 8 : count * 2, baudRate) / periodMs,
      0,
    );
    const percent = Math.ceil(busy * 100);
    const verdict = percent > 80 ? " TOO MUCH: read less often, or at a higher rate" : "";
    return [`${rate}, ${percent} % of the line at ${baudRate} baud.${verdict}`];
  });
}

/** Request of eight bytes, answer with five beside its data, eleven bits each, and a silence behind both. */
function lineMs(dataBytes: number, baudRate: number): number {
  return ((8 + 5 + Math.ceil(dataBytes)) * 11 * 1000) / baudRate + 2 * silenceMs(baudRate);
}

function isModbus({ unit }: PlannedRequest): boolean {
  return unit !== undefined;
}

function perSecond(requests: readonly PlannedRequest[]): number {
  return requests.reduce((sum, { periodMs }) => sum + 1000 / periodMs, 0);
}
