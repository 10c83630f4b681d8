import type { ModbusAddress } from "@only-mes/protocols/device-map/addresses";
import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { functionCodeOf, isBitTable } from "./address.ts";
import { Buses, type BusUnit } from "./bus.ts";
import { exceptionText } from "./pdu.ts";

/** Neighbouring registers or bits, as the wire numbers them. */
export interface ProbeRange {
  readonly table: ModbusAddress["table"];
  readonly first: number;
  readonly count: number;
}

export interface Probed {
  /** Registers as they came, or one byte a bit; zero where the device gave none. */
  readonly bytes: Buffer;
  /** By place in the range: why the device gave no value. */
  readonly refused: ReadonlyMap<number, string>;
}

/** Looks at any registers of a device, without a map; in turn with all others on the same bus. */
export class ModbusProbe {
  readonly #device: ModbusDevice;
  readonly #unit: BusUnit;

  constructor(device: ModbusDevice, buses = new Buses()) {
    this.#device = device;
    this.#unit = buses.join(device);
  }

  /**
   * A range that the device refuses is split until only the addresses at fault are alone.
   * @throws {Error} if the connection failed.
   */
  async read(range: ProbeRange): Promise<Probed> {
    const width = isBitTable(range.table) ? 1 : 2;
    const bytes = Buffer.alloc(range.count * width);
    const refused = new Map<number, string>();
    const cap = width === 1 ? this.#device.maxBits : this.#device.maxRegisters;
    const waiting = chunksOf(range.count, cap);
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const { at, count } = part;
      const answer = await this.#unit.ask({
        functionCode: functionCodeOf[range.table],
        first: range.first + at,
        count,
      });
      if (answer.kind === "values") answer.bytes.copy(bytes, at * width);
      else if (count === 1 || !isAddressing(answer.exception)) {
        for (let one = at; one < at + count; one += 1) {
          refused.set(one, exceptionText(answer.exception));
        }
      } else {
        const half = Math.ceil(count / 2);
        waiting.unshift({ at, count: half }, { at: at + half, count: count - half });
      }
    }
    return { bytes, refused };
  }

  close(): void {
    this.#unit.leave();
  }
}

function isAddressing(exception: number): boolean {
  return exception === 2 || exception === 3;
}

function chunksOf(count: number, cap: number): { at: number; count: number }[] {
  return Array.from({ length: Math.ceil(count / cap) }, (_, index) => ({
    at: index * cap,
    count: Math.min(cap, count - index * cap),
  }));
}
