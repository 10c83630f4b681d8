import { formatOpcuaAddress, parseOpcuaAddress } from "@only-mes/protocols/device-map/addresses";
import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import {
  AccessLevelFlag,
  AttributeIds,
  DataType,
  type ClientSession,
  type DataValue,
  type NodeId,
} from "node-opcua-client";
import { judge, valueTypeOf } from "./values.ts";

/** A variable that was met, and the names that lead to it. */
interface Met {
  readonly nodeId: NodeId;
  readonly path: readonly string[];
}

export interface BrowsedVariable {
  /** Names below the root. */
  readonly path: readonly string[];
  /** As a device map writes it, its namespace by URI. */
  readonly nodeId: string;
  /** `undefined` if no signal can have it: a structure, or an array. */
  readonly type: ValueType | undefined;
  /** In the server's words, such as `Double` or `Int32[]`. */
  readonly dataType: string;
  readonly isWritable: boolean;
  readonly value: MetricValue;
}

/** Servers that do not tell their limits take this many values in a request. */
const batchMax = 100;
const asked = [
  AttributeIds.Value,
  AttributeIds.DataType,
  AttributeIds.ValueRank,
  AttributeIds.UserAccessLevel,
] as const;

/** What each variable is and says now, many in a request. */
export async function describeVariables(
  session: ClientSession,
  namespaces: readonly string[],
  places: readonly Met[],
): Promise<BrowsedVariable[]> {
  const variables: BrowsedVariable[] = [];
  const perRequest = Math.floor(batchMax / asked.length);
  for (let at = 0; at < places.length; at += perRequest) {
    const batch = places.slice(at, at + perRequest);
    const answers = await session.read(
      batch.flatMap(({ nodeId }) => asked.map((attributeId) => ({ nodeId, attributeId }))),
    );
    batch.forEach((place, index) => {
      variables.push(
        variableOf(
          place,
          namespaces,
          answers.slice(index * asked.length, (index + 1) * asked.length),
        ),
      );
    });
  }
  return variables;
}

function variableOf(
  { nodeId, path }: Met,
  namespaces: readonly string[],
  [value, dataType, valueRank, accessLevel]: readonly DataValue[],
): BrowsedVariable {
  const declared: unknown = dataType?.value.value;
  const builtIn = value?.value.dataType || builtInOf(declared);
  const isArray = typeof valueRank?.value.value === "number" && valueRank.value.value >= 1;
  const type = isArray ? undefined : valueTypeOf(builtIn);
  const access: unknown = accessLevel?.value.value;
  const judged = value === undefined ? undefined : judge(value, type);
  return {
    path,
    nodeId: nodeIdText(nodeId, namespaces),
    type,
    dataType: `${builtIn === DataType.Null ? "?" : DataType[builtIn]}${isArray ? "[]" : ""}`,
    isWritable: typeof access === "number" && (access & AccessLevelFlag.CurrentWrite) !== 0,
    value: judged?.value ?? null,
  };
}

/** Types of namespace 0 up to 25 are the built-in ones themselves (OPC UA Part 6, 5.1.2). */
function builtInOf(declared: unknown): DataType {
  const { namespace, value } = (declared ?? {}) as Partial<NodeId>;
  return namespace === 0 && typeof value === "number" && value <= 25 ? value : DataType.Null;
}

/** Its namespace by URI, since indexes move when a server is changed; namespace 0 has none to name. */
function nodeIdText(nodeId: NodeId, namespaces: readonly string[]): string {
  const text = nodeId.toString();
  const address = parseOpcuaAddress(text);
  const uri = namespaces[nodeId.namespace];
  if (address === undefined || uri === undefined || nodeId.namespace === 0) return text;
  return formatOpcuaAddress({ ...address, namespace: { uri } });
}
