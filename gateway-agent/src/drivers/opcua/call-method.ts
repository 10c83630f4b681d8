import type { OpcuaNode } from "@only-mes/protocols/device-map/addresses";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DataType, type Variant } from "node-opcua-client";
import type { DriverErrorCode } from "../contract.ts";
import { noNamespace } from "./monitor-items.ts";
import { partOf } from "./parts.ts";
import { coerce, valueTypeOf } from "./values.ts";
import { variantOf } from "./variants.ts";
import { failure, type WriteRequest } from "./write-request.ts";

/**
 * A write to a method calls it: without arguments for `true`, else with the value as its one argument.
 * @returns its first output, or the value if it has none.
 */
export async function callMethod(options: WriteRequest, of: OpcuaNode): Promise<MetricValue> {
  const { session, watch, point, device, value, isInTime } = options;
  const fail = (code: DriverErrorCode, why: string) => failure(point, device, code, why);
  const methodId = watch.nodeId(point.address);
  const objectId = watch.nodeId(of);
  if (methodId === undefined || objectId === undefined) throw fail("refused", `: ${noNamespace}`);
  const inputArguments = argumentsOf(options, await session.argumentTypes(methodId));
  if (!isInTime()) throw fail("tooLate", "was not called: the command's time was over");
  const { statusCode, outputArguments } = await session.call({
    objectId,
    methodId,
    inputArguments,
  });
  if (statusCode.isBad()) throw fail("refused", `was not called: ${statusCode.name}`);
  const [output] = outputArguments ?? [];
  return output === undefined ? value : valueIn(output);
}

function argumentsOf(
  { point, device, value }: WriteRequest,
  types: readonly (DataType | undefined)[],
): Variant[] {
  const fail = (why: string) => failure(point, device, "unusable", `was not called: ${why}`);
  if (types.length > 1) throw fail(`it takes ${types.length} arguments`);
  if (types.length === 0) {
    if (value === true) return [];
    throw fail("it takes no argument, and is called by true");
  }
  const [dataType] = types;
  const argument = dataType === undefined ? undefined : variantOf(value, dataType);
  if (argument === undefined) {
    throw fail(`${String(value)} is no ${dataType === undefined ? "value" : DataType[dataType]}`);
  }
  return [argument];
}

function valueIn(output: Variant): MetricValue {
  const part = partOf(output, []);
  if (typeof part === "string") return null;
  return coerce(part, valueTypeOf(part.dataType)) ?? null;
}
