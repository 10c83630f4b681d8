import { VariableIds, type DataValue } from "node-opcua-client";
import type { ServerFacts } from "./profiles.ts";
import type { OpcuaSession } from "./session.ts";

export interface ServerAnswers extends ServerFacts {
  readonly namespaces: readonly string[];
}

const asked = [
  VariableIds.Server_NamespaceArray,
  VariableIds.Server_ServerStatus_BuildInfo_ProductName,
  VariableIds.Server_ServerStatus_BuildInfo_ProductUri,
  VariableIds.Server_ServerStatus_BuildInfo_ManufacturerName,
  VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
  VariableIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
].map((id) => `ns=0;i=${id}`);

/** What a server says of itself, in one read. */
export async function readServerFacts(session: OpcuaSession): Promise<ServerAnswers> {
  const [namespaces, name, uri, maker, perRead, perCall] = await session.read(asked);
  return {
    namespaces: textsOf(namespaces),
    product: [name, uri, maker].map((answer) => textOf(answer)).join(" "),
    nodesPerRead: countOf(perRead),
    itemsPerCall: countOf(perCall),
  };
}

export async function readNamespaces(session: OpcuaSession): Promise<readonly string[]> {
  const [namespaces] = await session.read(asked.slice(0, 1));
  return textsOf(namespaces);
}

/** @throws {Error} without namespaces nothing can be found on a server. */
function textsOf(answer: DataValue | undefined): string[] {
  const value = valueOf(answer);
  if (!Array.isArray(value)) {
    throw new Error(
      `the server does not tell its namespaces: ${answer?.statusCode.name ?? "nothing"}`,
    );
  }
  return value.map(String);
}

function textOf(answer: DataValue | undefined): string {
  const value = valueOf(answer);
  return typeof value === "string" ? value : "";
}

function countOf(answer: DataValue | undefined): number {
  const count = Number(valueOf(answer) ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function valueOf(answer: DataValue | undefined): unknown {
  return answer?.statusCode.isGood() === true ? (answer.value.value as unknown) : undefined;
}
