import { describe, expect, it } from "vitest";
import { emptyImage, setFloat32, setFloat64, setText, setUint32, setUint64 } from "./registers.ts";

const hex = (registers: Uint16Array) =>
  [...registers].map((word) => word.toString(16).padStart(4, "0")).join(" ");

describe("registers", () => {
  it.each([
    ["ABCD", "0102 0304"],
    ["CDAB", "0304 0102"],
    ["BADC", "0201 0403"],
    ["DCBA", "0403 0201"],
  ] as const)("hold 32 bits in the order %s", (order, expected) => {
    const image = emptyImage(100, 2);
    setUint32(image, 100, 0x01020304, order);
    expect(hex(image.registers)).toBe(expected);
  });

  it.each([
    ["ABCD", "0001 0203 0405 0607"],
    ["CDAB", "0607 0405 0203 0001"],
    ["BADC", "0100 0302 0504 0706"],
    ["DCBA", "0706 0504 0302 0100"],
  ] as const)("hold 64 bits in the order %s of four words", (order, expected) => {
    const image = emptyImage(0, 4);
    setUint64(image, 0, 0x0001_0203_0405_0607, order);
    expect(hex(image.registers)).toBe(expected);
  });

  it("hold floats and texts", () => {
    const image = emptyImage(0, 10);
    setFloat32(image, 0, 1.5, "CDAB");
    setFloat64(image, 2, 1.5, "DCBA");
    setText(image, 6, "AB C", 8);
    expect(hex(image.registers)).toBe("0000 3fc0 0000 0000 0000 f83f 4142 2043 0000 0000");
  });
});
