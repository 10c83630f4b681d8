import type { PathStep } from "@only-mes/protocols/device-map/addresses";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DataType, Variant, VariantArrayType } from "node-opcua-client";
import { DriverError, type DriverErrorCode } from "../contract.ts";
import { callMethod } from "./call-method.ts";
import { noNamespace } from "./monitor-items.ts";
import { faultOf } from "./service-faults.ts";
import { judge } from "./values.ts";
import { variantOf } from "./variants.ts";
import { failure, type WriteRequest } from "./write-request.ts";

/**
 * Writes and reads back.
 * @throws {DriverError} with `unusable`, `refused` or `tooLate` if nothing was written; with any other
 * code if it may have been.
 */
export async function writePoint(asked: WriteRequest): Promise<MetricValue> {
  const { point } = asked;
  let isSent = false;
  const isInTime = () => (isSent = asked.isInTime());
  const options = { ...asked, isInTime };
  try {
    switch (point.source.kind) {
      case "event":
        throw failure(point, options.device, "unusable", "cannot be written: it tells events");
      case "method":
        return await callMethod(options, point.source.of);
      case "value":
        return await writeValue(options);
    }
  } catch (error) {
    if (error instanceof DriverError) throw error;
    throw unanswered(options, error, isSent);
  }
}

async function writeValue(options: WriteRequest): Promise<MetricValue> {
  const { device, session, watch, point, value, isInTime } = options;
  const fail = (code: DriverErrorCode, why: string) => failure(point, device, code, why);
  const nodeId = watch.nodeId(point.address);
  if (nodeId === undefined) throw fail("refused", `: ${noNamespace}`);
  const element = elementOf(point.address.path);
  if (element === null) {
    throw fail("unusable", "cannot be written alone: it is a field of a structure");
  }
  const dataType = await session.builtInType(nodeId);
  if (dataType === undefined) throw fail("refused", "cannot be written: no type is told");
  const written = variantOf(value, dataType);
  if (written === undefined) {
    throw fail("unusable", `cannot be written: ${String(value)} is no ${DataType[dataType]}`);
  }
  if (!isInTime()) throw fail("tooLate", "was not written: the command's time was over");
  const variant = element === undefined ? written : inArray(written, element.length);
  const status = await session.write(nodeId, variant, element?.join(","));
  if (status.isBad()) throw fail("refused", `was not written: ${status.name}`);
  return await readBack(options, nodeId);
}

/** `undefined`: the whole value; `null`: a part that cannot be written without the rest. */
function elementOf(path: readonly PathStep[]): readonly number[] | undefined | null {
  const [step, ...more] = path;
  if (step === undefined) return undefined;
  return more.length === 0 && "element" in step ? step.element : null;
}

/** A range of one element, in as many dimensions as the array has (Part 4, 7.27). */
function inArray({ dataType, value }: Variant, dimensions: number): Variant {
  if (dimensions === 1) {
    return new Variant({ dataType, arrayType: VariantArrayType.Array, value: [value] });
  }
  return new Variant({
    dataType,
    arrayType: VariantArrayType.Matrix,
    dimensions: Array.from({ length: dimensions }, () => 1),
    value: [value],
  });
}

/** It was written: what cannot be told any more is no reason to write it again. */
async function readBack(options: WriteRequest, nodeId: string): Promise<MetricValue> {
  const { session, point, device, type } = options;
  const [dataValue] = await session.read([nodeId]);
  const expected = { type, path: point.address.path, takesUncertain: true };
  const judged = dataValue && judge(dataValue, expected);
  if (judged !== undefined && judged.value !== null) return judged.value;
  const why = judged === undefined ? "nothing" : judged.why;
  throw failure(point, device, "malformed", `was written, and then read as ${why}`);
}

/** A service that the server refused did nothing, nor did one that was not sent; anything else may have. */
function unanswered({ point, device }: WriteRequest, error: unknown, isSent: boolean): DriverError {
  const fault = faultOf(error);
  if (fault !== undefined) return failure(point, device, "refused", `was not written: ${fault}`);
  const why = error instanceof Error ? error.message : String(error);
  if (!isSent) return failure(point, device, "unreachable", `was not written: ${why}`);
  const code = /timeout|timed out/i.test(why) ? "timeout" : "closed";
  return failure(point, device, code, `may or may not have been written: ${why}`);
}
