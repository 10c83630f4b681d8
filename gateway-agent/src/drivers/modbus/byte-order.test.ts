import { readFileSync } from "node:fs";
import type { TagOrder } from "@only-mes/protocols/device-map/schema";
import { expect, test } from "vitest";
import { encodeValue } from "./encode.ts";

const page = readFileSync(new URL("../../../../docs/modbus.md", import.meta.url), "utf8");
const value = 0x0123456789abcdefn;
const rows = page
  .split("\n")
  .map((line) => /^\| (`[A-H]{4,8}`(?:, `[A-H]{8}`)?) +\| `([0-9A-F ]{19})`/.exec(line))
  .filter((row) => row !== null)
  .flatMap(([, orders = "", wire = ""]) =>
    orders.split(", ").map((order) => [order.replaceAll("`", ""), wire] as [TagOrder, string]),
  );

test("the page on Modbus shows every order of eight bytes", () => {
  expect(rows).toHaveLength(12);
});

test.for(rows)("order %s comes as the page says: %s", ([order, wire]) => {
  const bytes = encodeValue({ type: "uint64", order }, value);
  expect(bytes?.toString("hex").toUpperCase()).toBe(wire.replaceAll(" ", ""));
});
