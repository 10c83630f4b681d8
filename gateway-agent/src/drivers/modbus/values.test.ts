import { readFileSync } from "node:fs";
import type { ByteOrder, ValueType } from "@only-mes/protocols/device-map/schema";
import { describe, expect, test } from "vitest";
import { bitOf, decoderOf } from "./values.ts";

interface Vector {
  name: string;
  type: ValueType;
  order: ByteOrder;
  length?: number;
  bytes: string;
  /** A 64-bit integer beyond 2^53 is text. */
  value: number | string;
}

const file = new URL("../../../../protocols/vectors/modbus-values.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Vector[] };

describe("golden bytes of Modbus values", () => {
  test.for(cases)("$name", ({ type, order, length, bytes, value }) => {
    const expected = type !== "string" && typeof value === "string" ? BigInt(value) : value;
    const registers = Buffer.concat([Buffer.alloc(2, 0xee), Buffer.from(bytes, "hex")]);
    expect(decoderOf(type, order, length)(registers, 2)).toBe(expected);
  });
});

test("a bit of a register counts from the least significant", () => {
  const register = Buffer.from("8001", "hex");
  expect([0, 1, 14, 15].map((bit) => bitOf(bit)(register, 0))).toEqual([true, false, false, true]);
});
