import type { FuzzTarget } from "./target.ts";
import { command } from "./targets/command.ts";
import { ddata } from "./targets/ddata.ts";
import { deviceMap } from "./targets/device-map.ts";
import { expression } from "./targets/expression.ts";
import { modbusRtu } from "./targets/modbus-rtu.ts";
import { modbusTcp } from "./targets/modbus-tcp.ts";
import { opcuaValues } from "./targets/opcua-values.ts";
import { peek } from "./targets/peek.ts";
import { sparkplugPayload } from "./targets/sparkplug-payload.ts";

/** Every target of `npm run fuzz`, by its name. */
export const fuzzTargets = {
  "modbus-tcp": modbusTcp,
  "opcua-values": opcuaValues,
  "modbus-rtu": modbusRtu,
  "sparkplug-payload": sparkplugPayload,
  ddata,
  peek,
  "device-map": deviceMap,
  expression,
  command,
} satisfies Record<string, FuzzTarget>;

export type TargetName = keyof typeof fuzzTargets;

export const targetNames = Object.keys(fuzzTargets) as TargetName[];
