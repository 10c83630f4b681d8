import { parseModbusAddress, type ModbusTable } from "@only-mes/protocols/device-map/addresses";
import type { ModbusDevice, ValueType } from "@only-mes/protocols/device-map/schema";
import { registersOf } from "@only-mes/protocols/device-map/value-types";
import { bitOf, decoderOf, type Decode, type Form } from "./values.ts";

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
  /** Behind the value's last. */
  readonly end: number;
  /** Of a register, 0 the least significant; `undefined` unless the value is one. */
  readonly bit: number | undefined;
  readonly form: Form;
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
  const remembered = rememberedForms();
  const decodeTime = decoderOf({ type: "uint64", order: device.order });
  return device.tags.map((tag, index) => {
    const parsed = parseModbusAddress(tag.address, device.addressBase);
    const time =
      tag.sourceTime === undefined
        ? undefined
        : parseModbusAddress(tag.sourceTime, device.addressBase);
    if (parsed === undefined || tag.type === undefined) {
      throw new Error(`tag ${tag.signal} of ${device.id} was not checked: ${tag.address}`);
    }
    const { table, offset, bit } = parsed;
    const { form, decode } = remembered({
      type: tag.type,
      order: tag.order ?? device.order,
      length: tag.length,
      fill: tag.fill,
    });
    const end = offset + (isBitTable(table) ? 1 : registersOf(tag.type, tag.length));
    return {
      tag: index,
      signal: tag.signal,
      address: tag.address,
      type: tag.type,
      periodMs: tag.periodMs ?? device.periodMs,
      table,
      offset,
      end,
      bit,
      form,
      span: {
        first: Math.min(offset, time?.offset ?? offset),
        end: Math.max(end, time === undefined ? end : time.offset + 4),
      },
      decode: bit === undefined ? decode : bitOf(bit),
      timeOffset: time?.offset,
      decodeTime,
    };
  });
}

/** Thousands of tags have a handful of forms. */
function rememberedForms(): (form: Form) => { form: Form; decode: Decode } {
  const known = new Map<string, { form: Form; decode: Decode }>();
  return (form) => {
    const key = JSON.stringify(form);
    const one = known.get(key) ?? { form, decode: decoderOf(form) };
    known.set(key, one);
    return one;
  };
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
