import { expect, test } from "vitest";
import {
  formatModbusAddress,
  formatOpcuaAddress,
  parseModbusAddress,
  parseOpcuaAddress,
} from "./addresses.ts";

test.for(["holding:0", "input:65535", "coil:7", "discrete:0", "holding:13.15"])(
  "Modbus address %s is read, and written as it was",
  (text) => {
    const address = parseModbusAddress(text);
    expect(address && formatModbusAddress(address)).toBe(text);
  },
);

test.for([
  "holding",
  "holding:65536",
  "holding:1.16",
  "coil:1.2",
  "4001",
  "40000",
  "465537",
  "20001",
  "10001.1",
  "HOLDING:1",
  "holding:-1",
  " holding:1",
])("%s is no Modbus address", (text) => {
  expect(parseModbusAddress(text)).toBeUndefined();
});

test.for([
  "ns=2;s=Filler.State",
  "ns=0;i=2258",
  "nsu=urn:plant:line;s=A;b=c",
  "nsu=http://vendor.example/ua;i=7",
  "ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a",
  "ns=1;b=M/RbKBsRVkePCePcx24oRA==",
  "nsu=urn:plant;s=Axes#[2].Speed",
  "ns=3;s=Matrix#[1,2]",
  "ns=3;i=7#.Recipe.Steps[0].Größe_2",
  'ns=3;s="DB"."Array"[1]',
  "ns=3;s=Tank#",
  "ns=3;s=Tank#2",
  "ns=3;s=Odd#[2]#",
])("NodeId %s is read, and written as it was", (text) => {
  const address = parseOpcuaAddress(text);
  expect(address && formatOpcuaAddress(address)).toBe(text);
});

test("a NodeId without a namespace belongs to namespace 0", () => {
  expect(parseOpcuaAddress("i=85")).toEqual({
    namespace: { index: 0 },
    identifier: { kind: "i", value: "85" },
    path: [],
  });
});

test.for([
  ["40001", { table: "holding", offset: 0 }],
  ["400001", { table: "holding", offset: 0 }],
  ["465536", { table: "holding", offset: 65_535 }],
  ["30008", { table: "input", offset: 7 }],
  ["10001", { table: "discrete", offset: 0 }],
  ["00004", { table: "coil", offset: 3 }],
  ["40101.4", { table: "holding", offset: 100, bit: 4 }],
] as const)("classic Modbus address %s counts from 1 in any map", ([text, address]) => {
  expect(parseModbusAddress(text)).toEqual(address);
  expect(parseModbusAddress(text, 1)).toEqual(address);
});

test("a map may call the first register 1", () => {
  expect(parseModbusAddress("holding:1", 1)).toEqual({ table: "holding", offset: 0 });
  expect(parseModbusAddress("holding:65536", 1)).toEqual({ table: "holding", offset: 65_535 });
  expect(parseModbusAddress("holding:0", 1)).toBeUndefined();
});

test("after # stands the way to an element or a field, unless the identifier itself ends so", () => {
  const partsOf = (text: string) => {
    const address = parseOpcuaAddress(text);
    return [address?.identifier.value, address?.path];
  };
  expect(partsOf("ns=2;s=A#B#[2].Speed[0,1]")).toEqual([
    "A#B",
    [{ element: [2] }, { field: "Speed" }, { element: [0, 1] }],
  ]);
  expect(partsOf("ns=2;s=A[1]")).toEqual(["A[1]", []]);
  expect(partsOf("ns=2;s=A#[1]#")).toEqual(["A#[1]", []]);
  expect(partsOf("ns=2;s=A#")).toEqual(["A#", []]);
});

test.for([
  "",
  "s=",
  "i=abc",
  "i=7#[",
  "i=7#.",
  "ns=70000;i=1",
  "g=1234",
  "nsu=;s=a",
  "x=1",
  "Filler.State",
])("%s is no NodeId", (text) => {
  expect(parseOpcuaAddress(text)).toBeUndefined();
});
