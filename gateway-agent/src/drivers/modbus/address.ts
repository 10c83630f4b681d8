import { parseModbusAddress, type ModbusTable } from "@only-mes/protocols/device-map/addresses";
import type { ModbusDevice, ValueType } from "@only-mes/protocols/device-map/schema";
import { registersOf } from "@only-mes/protocols/device-map/value-types";
import { bitOf, decoderOf, type Decode } from "./values.ts";

/** One tag of a Modbus device, ready to be read: where it is, and how its bytes become a value. */
export interface ModbusPoint {
  /** Index of the tag in its device. */
  readonly tag: number;
  readonly signal: string;
  readonly address: string;
  readonly type: ValueType;
  readonly periodMs: number;
  readonly table: ModbusTable;
  /** What one request must bring: the value, and its source time if it has one. Registers or bits. */
  readonly span: Span;
  /** Of the value; registers or bits. */
  readonly offset: number;
  readonly decode: Decode;
  /** Offset of the source time, four registers. */
  readonly timeOffset: number | undefined;
  readonly decodeTime: Decode;
}

interface Span {
  readonly first: number;
  /** Behind the last. */
  readonly end: number;
}

/** @throws {Error} for a tag that the checks of the device map would have refused. */
export function modbusPoints(device: ModbusDevice): ModbusPoint[] {
  return device.tags.map((tag, index) => {
    const parsed = parseModbusAddress(tag.address);
    const time = tag.sourceTime === undefined ? undefined : parseModbusAddress(tag.sourceTime);
    if (parsed === undefined || tag.type === undefined) {
      throw new Error(`tag ${tag.signal} of ${device.id} was not checked: ${tag.address}`);
    }
    const { table, offset, bit } = parsed;
    const order = tag.order ?? device.order;
    const end = offset + (isBitTable(table) ? 1 : registersOf(tag.type, tag.length));
    return {
      tag: index,
      signal: tag.signal,
      address: tag.address,
      type: tag.type,
      periodMs: tag.periodMs ?? device.periodMs,
      table,
      offset,
      span: {
        first: Math.min(offset, time?.offset ?? offset),
        end: Math.max(end, time === undefined ? end : time.offset + 4),
      },
      decode: bit === undefined ? decoderOf(tag.type, order, tag.length) : bitOf(bit),
      timeOffset: time?.offset,
      decodeTime: decoderOf("uint64", device.order),
    };
  });
}

export function isBitTable(table: ModbusTable): boolean {
  return table === "coil" || table === "discrete";
}

export const functionCodeOf: Record<ModbusTable, 1 | 2 | 3 | 4> = {
  coil: 1,
  discrete: 2,
  holding: 3,
  input: 4,
};
