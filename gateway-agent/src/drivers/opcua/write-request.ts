import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DriverError, type DriverErrorCode } from "../contract.ts";
import type { OpcuaPoint } from "./address.ts";
import type { OpcuaSession } from "./session.ts";
import type { OpcuaWatch } from "./watch.ts";

export type Written = Exclude<MetricValue, null>;

/** One value that is to be written, in the session of now. */
export interface WriteRequest {
  readonly device: string;
  readonly session: OpcuaSession;
  readonly watch: OpcuaWatch;
  readonly point: OpcuaPoint;
  readonly type: ValueType | undefined;
  readonly value: Written;
  readonly isInTime: () => boolean;
}

/** An error of a write: node and signal, device, and what happened. */
export function failure(
  { text, signal }: OpcuaPoint,
  device: string,
  code: DriverErrorCode,
  what: string,
): DriverError {
  return new DriverError(`${text} (${signal}) of device ${device} ${what}`, {
    device,
    code,
    address: text,
  });
}
