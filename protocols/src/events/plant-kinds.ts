import { z } from "zod";
import type { EventKindTable } from "./event-kind-row.ts";

/** The plant model, and what signals are bound to. */
const equipment = z.object({
  level: z.string(),
  name: z.string(),
  parent: z.string().nullable().describe("null for an enterprise."),
});
const equipmentExample = {
  equipment: "bottling-1",
  data: { level: "line", name: "Bottling 1", parent: "northwind/lakeside/beverages" },
};

const binding = z.object({
  signal: z.string(),
  role: z.string(),
  before: z.object({ unit: z.string(), role: z.string() }),
});
const bindingExample = {
  equipment: "bottling-1.filler",
  data: {
    signal: "bottling-1.filler.good-count",
    role: "goodCount",
    before: { unit: "bottling-1.filler", role: "analog" },
  },
};

export const plantEventKinds = {
  "equipment.created": {
    what: "There is new equipment.",
    data: equipment,
    example: equipmentExample,
  },
  "equipment.changed": {
    what: "Equipment has another name or other notes.",
    data: equipment,
    example: equipmentExample,
  },
  "equipment.moved": {
    what: "Equipment lies under another parent from then on; the past stays where it was.",
    data: equipment,
    example: equipmentExample,
  },
  "equipment.retired": {
    what: "Equipment is there no more from then on.",
    data: equipment,
    example: equipmentExample,
  },
  "equipment.reinstated": {
    what: "Equipment that was retired is there again.",
    data: equipment,
    example: equipmentExample,
  },
  "plantModel.imported": {
    what: "The plant model was brought to what a file says.",
    data: z.object({ version: z.int(), changes: z.int() }),
    example: { equipment: "northwind", data: { version: 12, changes: 3 } },
  },
  "signal.bound": {
    what: "An engineer has said what a signal is; its past was folded again by it.",
    data: binding,
    example: bindingExample,
  },
  "signal.unbound": {
    what: "A signal is again what its gateway tells.",
    data: binding,
    example: bindingExample,
  },
} as const satisfies EventKindTable;
