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
  "40001",
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
])("NodeId %s is read, and written as it was", (text) => {
  const address = parseOpcuaAddress(text);
  expect(address && formatOpcuaAddress(address)).toBe(text);
});

test("a NodeId without a namespace belongs to namespace 0", () => {
  expect(parseOpcuaAddress("i=85")).toEqual({
    namespace: { index: 0 },
    identifier: { kind: "i", value: "85" },
  });
});

test.for(["", "s=", "i=abc", "ns=70000;i=1", "g=1234", "nsu=;s=a", "x=1", "Filler.State"])(
  "%s is no NodeId",
  (text) => {
    expect(parseOpcuaAddress(text)).toBeUndefined();
  },
);
