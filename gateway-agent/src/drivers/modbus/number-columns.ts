import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { NumberReadings } from "../contract.ts";
import type { ModbusPoint } from "./address.ts";
import type { Block } from "./plan.ts";

/** The values of a block that are numbers and nothing more; the columns are used again at each reading. */
export class NumberColumns {
  readonly tags: Uint32Array;
  /** What is a bit, a text or of 64 bits, or has a time of its own. */
  readonly others: readonly ModbusPoint[];
  readonly #points: readonly ModbusPoint[];
  readonly #offsets: Uint32Array;
  readonly #values: Float64Array;

  constructor({ points, first }: Block) {
    this.#points = points.filter(isNumber);
    this.others = points.filter((point) => !isNumber(point));
    this.tags = Uint32Array.from(this.#points, ({ tag }) => tag);
    this.#offsets = Uint32Array.from(this.#points, ({ offset }) => (offset - first) * 2);
    this.#values = new Float64Array(this.#points.length);
  }

  decode(bytes: Buffer, askedMs: number): NumberReadings {
    for (let index = 0; index < this.#points.length; index += 1) {
      const value = this.#points[index]?.decode(bytes, this.#offsets[index] ?? 0);
      // Machines write not-a-number and the infinities for "unknown".
      const isKnown = typeof value === "number" && Number.isFinite(value);
      this.#values[index] = isKnown ? value : Number.NaN;
    }
    return { tags: this.tags, values: this.#values, timeMs: askedMs };
  }
}

function isNumber({ type, bit, timeOffset }: ModbusPoint): boolean {
  return numberTypes.has(type) && bit === undefined && timeOffset === undefined;
}

const numberTypes: ReadonlySet<ValueType> = new Set([
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "float16",
  "float32",
  "float64",
  "bcd16",
  "bcd32",
]);
