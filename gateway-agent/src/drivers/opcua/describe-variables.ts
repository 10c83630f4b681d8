import {
  formatOpcuaAddress,
  formatPath,
  parseOpcuaAddress,
  type OpcuaAddress,
  type PathStep,
} from "@only-mes/protocols/device-map/addresses";
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
import { leavesOf } from "./parts.ts";
import { judge, valueTypeOf } from "./values.ts";

/** A variable that was met, and the names that lead to it. */
interface Met {
  readonly nodeId: NodeId;
  readonly path: readonly string[];
}

export interface BrowsedVariable {
  /** Names below the root. */
  readonly path: readonly string[];
  /** As a device map writes it: its namespace by URI, and the path inside of a structure or an array. */
  readonly nodeId: string;
  /** `undefined` if no signal can have it. */
  readonly type: ValueType | undefined;
  /** In the server's words, such as `Double` or `Int32[]`. */
  readonly dataType: string;
  readonly isWritable: boolean;
  readonly value: MetricValue;
}

/** Of one structure or array; who wants more of it names the rest. */
const leavesMax = 100;
const asked = [
  AttributeIds.Value,
  AttributeIds.DataType,
  AttributeIds.ValueRank,
  AttributeIds.UserAccessLevel,
] as const;

/** What each variable is and says now, as many attributes a request as the server takes. */
export async function describeVariables(
  session: ClientSession,
  namespaces: readonly string[],
  places: readonly Met[],
  nodesPerRead: number,
): Promise<BrowsedVariable[]> {
  const requests = places.flatMap(({ nodeId }) =>
    asked.map((attributeId) => ({ nodeId, attributeId })),
  );
  const answers: DataValue[] = [];
  for (let at = 0; at < requests.length; at += nodesPerRead) {
    answers.push(...(await session.read(requests.slice(at, at + nodesPerRead))));
  }
  return places.flatMap((place, index) =>
    variablesOf(place, namespaces, answers.slice(index * asked.length, (index + 1) * asked.length)),
  );
}

/** One; of a structure or an array those inside of it that a signal can have. */
function variablesOf(
  { nodeId, path }: Met,
  namespaces: readonly string[],
  [value, dataType, valueRank, accessLevel]: readonly DataValue[],
): BrowsedVariable[] {
  const declared: unknown = dataType?.value.value;
  const builtIn = value?.value.dataType || builtInOf(declared);
  const isArray = typeof valueRank?.value.value === "number" && valueRank.value.value >= 1;
  const access: unknown = accessLevel?.value.value;
  const isWritable = typeof access === "number" && (access & AccessLevelFlag.CurrentWrite) !== 0;
  const address = addressOf(nodeId, namespaces);
  const leaves = value === undefined ? [] : leavesOf(value.value, leavesMax);
  const isFlat = leaves.length === 0 || leaves.some((leaf) => leaf.path.length === 0);
  if (isFlat || address === undefined || value === undefined) {
    const type = isArray ? undefined : valueTypeOf(builtIn);
    const name = builtIn === DataType.Null ? "?" : DataType[builtIn];
    return [
      {
        path,
        nodeId: address === undefined ? nodeId.toString() : formatOpcuaAddress(address),
        type,
        dataType: `${name}${isArray ? "[]" : ""}`,
        isWritable,
        value: value === undefined ? null : valueIn(value, type, []),
      },
    ];
  }
  return leaves.map((leaf) => {
    const type = valueTypeOf(leaf.dataType);
    return {
      path: [...path.slice(0, -1), `${path.at(-1)}${formatPath(leaf.path)}`],
      nodeId: formatOpcuaAddress({ ...address, path: leaf.path }),
      type,
      dataType: DataType[leaf.dataType],
      isWritable,
      value: valueIn(value, type, leaf.path),
    };
  });
}

function valueIn(
  value: DataValue,
  type: ValueType | undefined,
  path: readonly PathStep[],
): MetricValue {
  return judge(value, { type, path, takesUncertain: true }).value;
}

/** Types of namespace 0 up to 25 are the built-in ones themselves (OPC UA Part 6, 5.1.2). */
function builtInOf(declared: unknown): DataType {
  const { namespace, value } = (declared ?? {}) as Partial<NodeId>;
  return namespace === 0 && typeof value === "number" && value <= 25 ? value : DataType.Null;
}

/** Its namespace by URI, since indexes move when a server is changed; namespace 0 has none to name. */
function addressOf(nodeId: NodeId, namespaces: readonly string[]): OpcuaAddress | undefined {
  const address = parseOpcuaAddress(nodeId.toString());
  const uri = namespaces[nodeId.namespace];
  if (address === undefined || uri === undefined || nodeId.namespace === 0) return address;
  return { ...address, namespace: { uri } };
}
