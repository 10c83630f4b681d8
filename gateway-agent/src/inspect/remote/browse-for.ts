import { opcuaAddressAllowed, parseOpcuaAddress } from "@only-mes/protocols/device-map/addresses";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import {
  answerBytesMax,
  type InspectAnswer,
  type InspectAsk,
} from "@only-mes/protocols/inspection/messages";
import { browseServer } from "../../drivers/opcua/browse.ts";
import { parsePathPattern } from "../../drivers/opcua/path-pattern.ts";
import { pkiFolderOf } from "../../drivers/opcua/trust-store.ts";
import { CallError } from "../command.ts";
import { toldValue } from "./told-value.ts";

type BrowseAsk = Extract<InspectAsk, { kind: "browse" }>;

/** As many variables as the asker wants and an answer may hold. */
export async function browseFor(
  ask: BrowseAsk,
  device: OpcuaDevice,
  dataDir: string,
  signal: AbortSignal,
): Promise<InspectAnswer> {
  const { id, root, match, depthMax, nodesMax, variablesMax, includesServer } = ask;
  if (parseOpcuaAddress(root) === undefined) {
    throw new CallError(`root: "${root}" is no NodeId (allowed: ${opcuaAddressAllowed})`);
  }
  const patterns = match.map((text) => parsePathPattern(text));
  const request = { root, patterns, depthMax, nodesMax, includesServer };
  const browsed = await browseServer(device, pkiFolderOf(dataDir), request, signal);
  const variables: Extract<InspectAnswer, { kind: "browse" }>["variables"] = [];
  let bytes = envelopeBytes;
  for (const { type, value, path, ...variable } of browsed.variables.slice(0, variablesMax)) {
    const one = {
      ...variable,
      path: [...path],
      ...(type !== undefined && { type }),
      value: toldValue(value),
    };
    bytes += Buffer.byteLength(JSON.stringify(one)) + 1;
    if (bytes > answerBytesMax) break;
    variables.push(one);
  }
  const isCut = browsed.isCut || signal.aborted || variables.length < browsed.variables.length;
  const { nodesSeen } = browsed;
  return { id, isAnswered: true, kind: "browse", variables, nodesSeen, isCut };
}

/** Everything of an answer but its variables. */
const envelopeBytes = 512;
