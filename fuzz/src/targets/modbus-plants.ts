import {
  modbusDevice,
  valueTypes,
  type ModbusDevice,
  type TagOrder,
  type ValueType,
} from "@only-mes/protocols/device-map/schema";
import { ordersOf } from "@only-mes/protocols/device-map/value-types";
import { isBitTable, modbusPoints } from "../../../gateway-agent/src/drivers/modbus/address.ts";
import { planReads, type Block } from "../../../gateway-agent/src/drivers/modbus/plan.ts";
import {
  fraction,
  oneOf,
  randomFor,
  wholeIn,
  type RandomState,
} from "@only-mes/simulators/clock/random";

export interface Plant {
  readonly device: ModbusDevice;
  readonly blocks: readonly [Block, ...Block[]];
}

let planted: readonly [Plant, ...Plant[]] | undefined;

/** Devices of every type and order, planned by the planner itself. Made once: planning is not under test. */
export function plants(): readonly [Plant, ...Plant[]] {
  planted ??= [plantOf(0), ...Array.from({ length: 63 }, (_, index) => plantOf(index + 1))];
  return planted;
}

const types = valueTypes.filter((type) => type !== "bool" && type !== "string");

function plantOf(index: number): Plant {
  const random = randomFor(index, "modbus-plant");
  const tags = Array.from({ length: wholeIn(random, [1, 30]) }, (_, tag) => ({
    signal: `unit/tag-${tag}`,
    ...anyPlace(random),
  }));
  const device = modbusDevice.parse({
    id: `plc-${index}`,
    driver: "modbus",
    endpoint: "tcp://127.0.0.1:502",
    line: "line",
    unitId: wholeIn(random, [0, 255]),
    maxGap: wholeIn(random, [0, 60]),
    tags,
  });
  const blocks = planReads(modbusPoints(device), device).flatMap(({ blocks }) => blocks);
  const [first, ...rest] = blocks;
  if (first === undefined) throw new Error("a device without a block");
  return { device, blocks: [first, ...rest] };
}

function anyPlace(random: RandomState) {
  const table = oneOf(random, ["holding", "holding", "input", "coil", "discrete"] as const);
  const offset = wholeIn(random, [0, 300]);
  if (isBitTable(table)) return { address: `${table}:${offset}`, type: "bool" };
  if (fraction(random) < 0.15) {
    return { address: `${table}:${offset}.${wholeIn(random, [0, 15])}`, type: "bool" };
  }
  const type = oneOf(random, types as [ValueType, ...ValueType[]]);
  const order = oneOf(random, ordersOf(type) as [TagOrder, ...TagOrder[]]);
  return { address: `${table}:${offset}`, type, order };
}
