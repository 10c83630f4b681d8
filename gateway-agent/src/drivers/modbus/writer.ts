import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { oneAtATime } from "../../one-at-a-time.ts";
import { DriverError, type DriverErrorCode } from "../contract.ts";
import type { ModbusPoint } from "./address.ts";
import { TooLate, type BusUnit } from "./bus.ts";
import { encodeValue } from "./encode.ts";
import { LinkFault } from "./link.ts";
import { exceptionText, type Pdu, type ReadPdu } from "./pdu.ts";

type Value = Exclude<MetricValue, null>;

/**
 * Writes points, and reads them back. A write goes out once; only where a device says that it does
 * not know a function code (exception 1, so nothing was written) is another one taken.
 */
export class PointWriter {
  readonly #device: ModbusDevice;
  readonly #points: readonly ModbusPoint[];
  readonly #unit: () => BusUnit | undefined;
  /** Function codes that the device does not know. */
  readonly #unknown = new Set<number>();
  readonly #inTurn = oneAtATime();

  /** `unit` is `undefined` while the device is not connected. */
  constructor(
    device: ModbusDevice,
    points: readonly ModbusPoint[],
    unit: () => BusUnit | undefined,
  ) {
    this.#device = device;
    this.#points = points;
    this.#unit = unit;
  }

  /**
   * One write after the other: two bits of one register must not be read before either is written.
   * @throws {DriverError} as the contract of drivers says.
   */
  async write(tag: number, value: Value, isInTime: () => boolean): Promise<MetricValue> {
    return this.#inTurn(async () => this.#write(tag, value, isInTime));
  }

  async #write(tag: number, value: Value, isInTime: () => boolean): Promise<MetricValue> {
    const point = this.#points[tag];
    const unit = this.#unit();
    if (point === undefined) throw new Error(`device ${this.#device.id} has no tag ${tag}`);
    if (unit === undefined) throw this.#error(point, "unreachable", "it is not connected");
    const ways = this.#waysTo(unit, point, value);
    let held: Buffer | undefined;
    for (const [index, { functionCode, pdu }] of ways.entries()) {
      const isLast = index === ways.length - 1;
      if (this.#unknown.has(functionCode) && !isLast) continue;
      const answer = await this.#ask(unit, point, await pdu(), isInTime);
      if (answer.kind === "values") {
        held = answer.bytes;
        break;
      }
      if (answer.exception !== 1 || isLast) {
        throw this.#refused(point, functionCode, answer.exception);
      }
      this.#unknown.add(functionCode);
    }
    return held !== undefined && held.length > 0
      ? point.decode(held, 0)
      : this.#readBack(unit, point);
  }

  /** The requests that would do, the best first. */
  #waysTo(unit: BusUnit, point: ModbusPoint, value: Value): Way[] {
    const { table, offset: first, bit, form } = point;
    if (table === "input" || table === "discrete") {
      throw this.#error(point, "unusable", "it can only be read");
    }
    if (table === "coil" || bit !== undefined) {
      if (typeof value !== "boolean") throw this.#unusable(point, value);
      if (table === "coil") return this.#coil(first, value);
      const mask = 1 << (bit ?? 0);
      return this.#masked(unit, point, mask, value ? mask : 0);
    }
    const registers = encodeValue(form, value);
    if (registers === undefined) throw this.#unusable(point, value);
    if (form.type === "int8" || form.type === "uint8") {
      const mask = form.order === "BA" ? 0xff00 : 0x00ff;
      return this.#masked(unit, point, mask, registers.readUInt16BE(0));
    }
    return this.#whole(first, registers);
  }

  #coil(first: number, bit: boolean): Way[] {
    const many = way({ functionCode: 15, first, bit });
    return this.#device.writeWith === "auto"
      ? [way({ functionCode: 5, first, bit }), many]
      : [many];
  }

  #whole(first: number, registers: Buffer): Way[] {
    const many = way({ functionCode: 16, first, registers });
    switch (this.#device.writeWith) {
      case "multiple":
        return [many];
      case "readWrite":
        return [way({ functionCode: 23, first, registers }), many];
      case "auto":
        return registers.length === 2 ? [way({ functionCode: 6, first, registers }), many] : [many];
    }
  }

  /** Some bits of a register, and the others as they are: by the device itself, or read, changed and written. */
  #masked(unit: BusUnit, point: ModbusPoint, mask: number, bits: number): Way[] {
    const first = point.offset;
    const changed = (functionCode: 6 | 16): Way => ({
      functionCode,
      pdu: async () => {
        const bytes = await this.#read(unit, point, { functionCode: 3, first, count: 1 });
        const registers = Buffer.alloc(2);
        registers.writeUInt16BE((bytes.readUInt16BE(0) & ~mask & 0xffff) | bits);
        return { functionCode, first, registers };
      },
    });
    return [
      way({ functionCode: 22, first, and: ~mask & 0xffff, or: bits }),
      ...(this.#device.writeWith === "auto" ? [changed(6)] : []),
      changed(16),
    ];
  }

  /** Before anything was written: without an answer it is as if the device were not there. */
  async #read(unit: BusUnit, point: ModbusPoint, pdu: ReadPdu): Promise<Buffer> {
    try {
      const answer = await unit.ask(pdu);
      if (answer.kind === "values") return answer.bytes;
      throw this.#refused(point, pdu.functionCode, answer.exception);
    } catch (error) {
      if (!(error instanceof LinkFault)) throw error;
      throw this.#error(point, "unreachable", error.message, error);
    }
  }

  async #readBack(unit: BusUnit, point: ModbusPoint): Promise<MetricValue> {
    const { table, offset: first, end } = point;
    const pdu: ReadPdu = { functionCode: table === "coil" ? 1 : 3, first, count: end - first };
    const answer = await this.#ask(unit, point, pdu);
    if (answer.kind === "values") return point.decode(answer.bytes, 0);
    // It was written: that must not look like a refusal of the write.
    const why = `it was written, but cannot be read back: ${exceptionText(answer.exception)}`;
    throw this.#error(point, "malformed", why);
  }

  async #ask(unit: BusUnit, point: ModbusPoint, pdu: Pdu, isInTime?: () => boolean) {
    try {
      return await unit.ask(pdu, isInTime);
    } catch (error) {
      const code = error instanceof LinkFault ? error.code : "closed";
      const why = error instanceof Error ? error.message : String(error);
      throw this.#error(point, error instanceof TooLate ? "tooLate" : code, why, error);
    }
  }

  #unusable(point: ModbusPoint, value: Value): DriverError {
    const { type, length } = point.form;
    const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value);
    const form = type === "string" ? `a text of ${length} characters (ISO 8859-1)` : `a ${type}`;
    return this.#error(point, "unusable", `${shown} cannot be written as ${form}`);
  }

  #refused(point: ModbusPoint, functionCode: number, exception: number): DriverError {
    const { device, text } = this.#place(point);
    return new DriverError(
      `${text}: answered ${exceptionText(exception)} to function code ${functionCode}`,
      { device, code: "refused", address: point.address, functionCode, exception },
    );
  }

  #error(point: ModbusPoint, code: DriverErrorCode, why: string, cause?: unknown): DriverError {
    const { device, text } = this.#place(point);
    return new DriverError(`${text}: ${why}`, { device, code, address: point.address }, cause);
  }

  #place({ signal, address }: ModbusPoint): { device: string; text: string } {
    const { id, unitId } = this.#device;
    return { device: id, text: `writing ${signal} at ${address} of device ${id} (unit ${unitId})` };
  }
}

interface Way {
  readonly functionCode: number;
  /** Made when it is its turn. */
  readonly pdu: () => Pdu | Promise<Pdu>;
}

function way(pdu: Pdu): Way {
  return { functionCode: pdu.functionCode, pdu: () => pdu };
}
