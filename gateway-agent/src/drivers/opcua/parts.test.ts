import { parseOpcuaAddress, type PathStep } from "@only-mes/protocols/device-map/addresses";
import { Argument, DataType, Range, Variant, VariantArrayType } from "node-opcua";
import { describe, expect, test } from "vitest";
import { leavesOf, partOf, type Leaf } from "./parts.ts";

const matrix = new Variant({
  dataType: DataType.Int16,
  arrayType: VariantArrayType.Matrix,
  dimensions: [2, 3],
  value: [1, 2, 3, 4, 5, 6],
});
const range = new Variant({
  dataType: DataType.ExtensionObject,
  value: new Range({ low: -1, high: 9 }),
});
const ranges = new Variant({
  dataType: DataType.ExtensionObject,
  arrayType: VariantArrayType.Array,
  value: [new Range({ low: 1, high: 2 }), new Range({ low: 3, high: 4 })],
});

const path = (text: string): readonly PathStep[] => parseOpcuaAddress(`i=1#${text}`)?.path ?? [];

function valueAt(variant: Variant, text: string): unknown {
  const part = partOf(variant, path(text));
  return typeof part === "string" ? part : part.value;
}

describe("the part of a value that a path leads to", () => {
  test.for([
    [matrix, "[1,0]", 4],
    [range, ".High", 9],
    [range, ".high", 9],
    [ranges, "[1].Low", 3],
  ] as const)("of case %#", ([variant, text, expected]) => {
    expect(valueAt(variant, text)).toBe(expected);
  });

  test.for([
    [matrix, "[2,0]", "no element [2,0]: the array has 2 × 3"],
    [matrix, "[1]", "no element [1]: the array has 2 dimension(s)"],
    [ranges, "[2].Low", "no element [2]: the array has 2"],
    [range, ".Middle", "no field Middle (it has Low, High)"],
    [range, "[0]", "no element [0]: it is no array"],
    [range, ".Low.Lower", "no field Lower: it is no structure"],
    [range, ".constructor", "no field constructor (it has Low, High)"],
    [range, ".__proto__", "no field __proto__ (it has Low, High)"],
  ] as const)("there is none of case %#", ([variant, text, why]) => {
    expect(valueAt(variant, text)).toBe(why);
  });
});

describe("the rule by which structures and arrays become signals", () => {
  const told = (leaves: Leaf[]) =>
    leaves.map((leaf) => [
      leaf.path.map((step) => ("field" in step ? step.field : step.element)),
      DataType[leaf.dataType],
    ]);

  test("every field and every element, in the order of the wire", () => {
    expect(told(leavesOf(ranges))).toEqual([
      [[[0], "Low"], "Double"],
      [[[0], "High"], "Double"],
      [[[1], "Low"], "Double"],
      [[[1], "High"], "Double"],
    ]);
    expect(told(leavesOf(matrix)).map(([steps]) => steps)).toEqual([
      [[0, 0]],
      [[0, 1]],
      [[0, 2]],
      [[1, 0]],
      [[1, 1]],
      [[1, 2]],
    ]);
  });

  test("texts with a language are one value, and so is a single one", () => {
    const argument = new Argument({ name: "a", arrayDimensions: [2], description: { text: "°C" } });
    const variant = new Variant({ dataType: DataType.ExtensionObject, value: argument });
    expect(told(leavesOf(variant))).toEqual([
      [["Name"], "String"],
      [["DataType"], "NodeId"],
      [["ValueRank"], "Int32"],
      [["ArrayDimensions", [0]], "UInt32"],
      [["Description"], "LocalizedText"],
    ]);
    expect(leavesOf(new Variant({ dataType: DataType.Float, value: 1 }))).toEqual([
      { path: [], dataType: DataType.Float },
    ]);
  });

  test("there is a bound to it", () => {
    const long = new Variant({
      dataType: DataType.Byte,
      arrayType: VariantArrayType.Array,
      value: new Uint8Array(100_000),
    });
    expect(leavesOf(long, 50)).toHaveLength(50);
  });
});
