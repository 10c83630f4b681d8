import { opcuaAddressAllowed, parseOpcuaAddress } from "@only-mes/protocols/device-map/addresses";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import { Document, isMap } from "yaml";
import { browseServer, type Browsed, type BrowseRequest } from "../drivers/opcua/browse.ts";
import type { BrowsedVariable } from "../drivers/opcua/describe-variables.ts";
import { parsePathPattern } from "../drivers/opcua/path-pattern.ts";
import { pkiFolderOf } from "../drivers/opcua/trust-store.ts";
import { CallError, OutOfReach, type Call, type Command } from "./command.ts";
import { proposeTags } from "./signal-names.ts";
import { formatValue } from "./register-views.ts";
import { formatTable } from "./table.ts";
import { formatCsv } from "./tag-list/csv.ts";
import { escapeFormula } from "./tag-list/formula.ts";
import { opcuaTarget, type Target } from "./target.ts";
import { replaceFile } from "./write-file.ts";

const objectsFolder = "i=85";
const forms = ["table", "tags", "csv"] as const;

export const browse: Command = {
  summary: "Shows the variables of an OPC UA server, as a table or as tags for the map.",
  takes: "<endpoint>, or <device map> [<device>]",
  argumentsMin: 1,
  argumentsMax: 2,
  options: {
    match: { value: "<glob>", repeated: true, help: "only these, such as Filler/* or **/*Count" },
    root: { value: "<NodeId>", help: "where to begin (the Objects folder)" },
    depth: { value: "<n>", help: "names below the root (16)" },
    max: { value: "<n>", help: "nodes to look at before giving up (20000)" },
    as: { value: "table|tags|csv", help: "a table; tags for the map; a list for import (table)" },
    to: { value: "<file>", help: "write it there instead of to the terminal" },
    unit: { value: "<id>", help: "unit of the tags' signals (the name of their folder)" },
    server: { help: "what the server tells of itself too" },
    timeout: { value: "<ms>", help: "how long an answer may take (1000, or the map's)" },
    "data-dir": { value: "<folder>", help: "the gateway's, with its certificates (.data/gateway)" },
  },
  notes: `A glob goes over the names below the root: * and ? stand for letters of one name, ** for any number
of names. Subtrees in which nothing can match are not asked for. NodeIds are shown with the URI of
their namespace (nsu=), since indexes move. Tags that the map has already are left out of tags and csv.`,
  examples: [
    "browse opc.tcp://192.168.10.30:4840",
    "browse opc.tcp://192.168.10.30:4840 --match '**/*Temperature' --as tags --unit filler",
    "browse my-plant.yaml filler-plc --match 'Line1/**' --as csv --to tags.csv",
  ],
  async run(call, terminal) {
    const timeoutMs = call.number("timeout", { least: 10, most: 60_000 });
    const target = opcuaTarget(call.args, { ...(timeoutMs !== undefined && { timeoutMs }) });
    if (target.rest.length > 0) throw new CallError(`browse takes ${browse.takes}.`);
    const form = call.choice("as", forms) ?? "table";
    const folder = pkiFolderOf(call.text("data-dir") ?? ".data/gateway");
    const browsed = await reached(target.device, folder, requestOf(call), terminal.stopping);
    const output = call.flag("json")
      ? `${JSON.stringify({ endpoint: target.device.endpoint, ...browsed })}\n`
      : formats[form](browsed, target, call.text("unit"));
    const file = call.text("to");
    if (file !== undefined) await replaceFile(file, output);
    const told = file === undefined ? output : `${file}: ${browsed.variables.length} variables\n`;
    return { output: told, exitCode: browsed.isCut ? 1 : 0 };
  },
};

function requestOf(call: Call): BrowseRequest {
  const root = call.text("root") ?? objectsFolder;
  if (parseOpcuaAddress(root) === undefined) {
    throw new CallError(`--root ${root}: allowed is ${opcuaAddressAllowed}.`);
  }
  const patterns = call.all("match").map((text) => parsePathPattern(text));
  const asksServer = patterns.some(({ segments: [first] }) => first === "server");
  return {
    root,
    patterns,
    depthMax: call.number("depth", { least: 1, most: 100 }) ?? 16,
    nodesMax: call.number("max", { least: 1, most: 1_000_000 }) ?? 20_000,
    includesServer: call.flag("server") || asksServer,
  };
}

async function reached(
  device: OpcuaDevice,
  pkiFolder: string,
  request: BrowseRequest,
  stopping: AbortSignal,
): Promise<Browsed> {
  try {
    return await browseServer(device, pkiFolder, request, stopping);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof RangeError) throw new CallError(`${device.endpoint}: ${why}.`);
    throw new OutOfReach(`${device.endpoint}: ${why}`);
  }
}

type Format = (browsed: Browsed, target: Target<OpcuaDevice>, unit: string | undefined) => string;

const formats: Record<(typeof forms)[number], Format> = {
  table({ variables, nodesSeen, isCut }) {
    const rows = variables.map((one) => [
      one.path.join("/"),
      one.dataType,
      one.isWritable ? "rw" : "r",
      shortened(one),
      one.nodeId,
    ]);
    const table = formatTable(["path", "type", "", "value", "NodeId"], rows);
    const cut = isCut ? "; there is more than --depth and --max let it see" : "";
    return `${table}\n${variables.length} variables among ${nodesSeen} nodes${cut}\n`;
  },
  tags(browsed, target, unit) {
    const lines = missingTags(browsed, target, unit).map(({ role, ...tag }) => {
      const document = new Document({ ...tag, ...(role !== "analog" && { role }) });
      if (isMap(document.contents)) document.contents.flow = true;
      return `      - ${document.toString({ lineWidth: 0 })}`;
    });
    return lines.join("");
  },
  csv(browsed, target, unit) {
    const { device, isMapped } = target;
    const titles = [...(isMapped ? ["device"] : []), "signal", "role", "address"];
    const rows = missingTags(browsed, target, unit).map(({ signal, role, address }) =>
      [...(isMapped ? [device.id] : []), signal, role, address].map((cell) => escapeFormula(cell)),
    );
    return formatCsv([titles, ...rows], ",");
  },
};

function missingTags(browsed: Browsed, target: Target<OpcuaDevice>, unit: string | undefined) {
  const { device, isMapped } = target;
  const known = new Set(isMapped ? device.tags.map(({ address }) => address) : []);
  return proposeTags(
    browsed.variables.filter(({ nodeId }) => !known.has(nodeId)),
    unit,
  );
}

function shortened({ type, value }: BrowsedVariable): string {
  const text = value === null ? "" : formatValue(type, value);
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
