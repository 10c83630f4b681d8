import type { LinePicture } from "@only-mes/protocols/console/live";
import { expect, it } from "vitest";
import { demoLines, demoPlant } from "../../../tests/demo-plant.ts";
import { settledLooks, settleMs, wallOrder } from "./wall-order.ts";

const nowMs = 1_000_000_000_000;
const plant = demoPlant(() => nowMs, demoLines(12));
const lines = plant.lineIds().map((id) => plant.line(id).line);
const names = (ordered: LinePicture[]) => ordered.map((line) => line.name);

it("puts the worst first: stopped, longest first; no signal; waiting; then what runs, by name", () => {
  expect(names(wallOrder(lines, settledLooks(new Map(), lines, nowMs)))).toEqual([
    "Stamping 1",
    "Welding 1",
    "Paint shop",
    "Assembly 1",
    "Bottling 2",
    "Assembly 2",
    "Bottling 1",
    "Bottling 3",
    "Packing 1",
    "Packing 2",
    "Stamping 2",
    "Welding 2",
  ]);
});

it("moves no tile for a stop that does not last", () => {
  const before = settledLooks(new Map(), lines, nowMs);
  const stopped = lines.map((line) =>
    line.id === "welding-2" ? { ...line, state: "Held" as const, stateSinceMs: nowMs } : line,
  );
  const soon = settledLooks(before, stopped, nowMs + settleMs - 1);
  expect(names(wallOrder(stopped, soon)).at(-1)).toBe("Welding 2");
  const later = settledLooks(soon, stopped, nowMs + settleMs);
  expect(names(wallOrder(stopped, later)).indexOf("Welding 2")).toBe(2);
});
