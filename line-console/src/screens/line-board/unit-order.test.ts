import { expect, it } from "vitest";
import { demoPlant } from "../../../tests/demo-plant.ts";
import { signalsByUnit, unitsInOrder } from "./unit-order.ts";

const state = demoPlant().line("bottling-1");

it("shows units in the order of flow", () => {
  const backwards = Object.fromEntries(Object.entries(state.units).reverse());
  expect(unitsInOrder(backwards).map((id) => id.split(".")[1])).toEqual([
    "filler",
    "capper",
    "labeller",
    "packer",
  ]);
});

it("shows what is measured before what is only counted", () => {
  const signals = signalsByUnit(state.signals).get("bottling-1.labeller") ?? [];
  expect(signals.map((id) => id.split(".")[2])).toEqual([
    "glue-temperature",
    "web-tension",
    "good-count",
    "scrap-count",
    "stop-code",
  ]);
});
