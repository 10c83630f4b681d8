import { readFileSync } from "node:fs";
import type { TagOrder, ValueType } from "@only-mes/protocols/device-map/schema";
import { ordersOf } from "@only-mes/protocols/device-map/value-types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeValue } from "./encode.ts";
import { bitOf, decoderOf, type Form } from "./values.ts";

interface Vector {
  name: string;
  type: ValueType;
  order: TagOrder;
  length?: number;
  fill?: "nul" | "space";
  bytes: string;
  /** An integer beyond 2^53 is text. */
  value: number | string | null;
}

const file = new URL("../../../../protocols/vectors/modbus-values.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Vector[] };
const valueOf = ({ type, value }: Vector) =>
  type !== "string" && typeof value === "string" ? BigInt(value) : value;

describe("golden bytes of Modbus values", () => {
  test.for(cases)("$name, read", (vector) => {
    const registers = Buffer.concat([Buffer.alloc(2, 0xee), Buffer.from(vector.bytes, "hex")]);
    expect(decoderOf(vector)(registers, 2)).toBe(valueOf(vector));
  });

  test.for(cases.filter(({ value }) => value !== null))("$name, written and read", (vector) => {
    const value = valueOf(vector);
    if (value === null) throw new Error("a vector without a value");
    const bytes = encodeValue(vector, value);
    expect(bytes && decoderOf(vector)(bytes, 0)).toBe(value);
    // Of 8 bits the other half of the register, and behind a text the fill, are this side's choice.
    if (vector.type === "string" || vector.type.endsWith("int8")) return;
    expect(bytes?.toString("hex")).toBe(vector.bytes);
  });
});

test("a bit of a register counts from the least significant", () => {
  const register = Buffer.from("8001", "hex");
  expect([0, 1, 14, 15].map((bit) => bitOf(bit)(register, 0))).toEqual([true, false, false, true]);
});

const wholeOf = (least: bigint, most: bigint) =>
  fc.bigInt(least, most).map((wide) => {
    const narrow = Number(wide);
    return Number.isSafeInteger(narrow) ? narrow : wide;
  });
const signed = (bits: bigint) => wholeOf(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n);
const unsigned = (bits: bigint) => wholeOf(0n, (1n << bits) - 1n);
const valuesOf: Record<Exclude<ValueType, "bool">, fc.Arbitrary<number | bigint | string>> = {
  int8: signed(8n),
  uint8: unsigned(8n),
  int16: signed(16n),
  uint16: unsigned(16n),
  int32: signed(32n),
  uint32: unsigned(32n),
  int64: signed(64n),
  uint64: unsigned(64n),
  float16: fc.integer({ min: -2048, max: 2048 }).map((step) => step / 8 + 0),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bcd16: wholeOf(0n, 9999n),
  bcd32: wholeOf(0n, 99_999_999n),
  bcd64: wholeOf(0n, 9_999_999_999_999_999n),
  string: fc.string({ unit: fc.constantFrom("A", "b", "7", "é", "-"), maxLength: 9 }),
};

test.for(Object.keys(valuesOf) as (keyof typeof valuesOf)[])(
  "every %s comes back as it was written, in every order",
  (type) => {
    for (const order of ordersOf(type)) {
      const form: Form = { type, order, length: 9 };
      fc.assert(
        fc.property(valuesOf[type], (value) => {
          const bytes = encodeValue(form, value);
          expect(bytes && decoderOf(form)(bytes, 0)).toBe(value);
        }),
        { seed: 1, numRuns: 200 },
      );
    }
  },
);

test.for([
  ["int8", 128],
  ["uint8", -1],
  ["uint16", 65_536],
  ["int16", 1.5],
  ["uint32", "7"],
  ["uint64", 2n ** 64n],
  ["int64", Number.MAX_VALUE],
  ["float16", 65_520],
  ["float32", 1e39],
  ["float64", Number.NaN],
  ["bcd16", 10_000],
  ["bcd32", -1],
  ["string", "LONGER THAN IT"],
  ["string", "€"],
  ["string", 7],
  ["bool", true],
] as const)("a %s cannot hold %s", ([type, value]) => {
  expect(encodeValue({ type, order: "ABCD", length: 9 }, value)).toBeUndefined();
});

test("half precision rounds to the nearest, ties to even", () => {
  const form: Form = { type: "float16", order: "AB" };
  const written = (value: number) => encodeValue(form, value)?.toString("hex");
  expect([1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 2 ** -24, 65_519].map(written)).toEqual([
    "3c00",
    "3c00",
    "3c02",
    "0000",
    "0001",
    "7bff",
  ]);
});
